"""`make render`: what a stack is made of, without a cluster and without its secrets."""

import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from mlplatform import render, transforms
from mlplatform.problems import SettingsError
from tests.infra.conftest import CONFIGURATIONS
from tests.infra.recorder import Recording

ROOT = Path(__file__).parents[2]


def test_no_secret_is_shown(recording: Recording) -> None:
    text = yaml.safe_dump_all(render.objects(recording.declared))
    chosen = [value for key, value in CONFIGURATIONS["own-cluster"].items() if "assword" in key]
    assert "Generated-for-credentials" not in text
    assert not [value for value in chosen if value in text]


def test_what_is_shown_are_objects_as_the_cluster_takes_them(dev: Recording) -> None:
    objects = render.objects(dev.declared)
    assert objects[0]["kind"] == "Namespace"
    assert len(objects) == len(dev.objects)
    for one in objects:
        kubernetes_validate.validate(one, "1.35", strict=True)


def test_every_object_has_a_name_of_its_own(recording: Recording) -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in render.objects(recording.declared)]
    assert len(names) == len(set(names))


def test_the_users_function_has_the_last_word(dev: Recording) -> None:
    spread = transforms.load("presets/transform.py")
    assert "topology.kubernetes.io/zone" in str(render.objects(dev.declared, spread))
    assert "topology.kubernetes.io/zone" not in str(render.objects(dev.declared))


def test_the_stacks_own_file_is_read_without_a_passphrase(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.pr-42.yaml"
    file.write_text(
        "encryptionsalt: v1:salt\n"
        "config:\n"
        "  pulumi:disable-default-providers: [kubernetes]\n"
        "  mlplatform:replicas: 2\n"
        "  mlplatform:ephemeral: false\n"
        "  mlplatform:postgresPassword: {secure: v1:ciphertext}\n"
    )
    settings = render.settings_of("pr-42", file)
    assert (settings.replicas, settings.ephemeral) == (2, False)
    assert settings.postgres_password == render.MASK
    file.write_text("config: {mlplatform:postgresPassword: in-clear}")
    with pytest.raises(SettingsError, match="postgresPassword"):
        render.settings_of("pr-42", file)


def test_the_same_stack_is_shown_the_same_by_every_process() -> None:
    def shown() -> str:
        command = [sys.executable, "-m", "mlplatform.render", "dev-that-has-no-file"]
        environment = {"PYTHONPATH": str(ROOT / "infra")}
        return subprocess.run(
            command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        ).stdout

    assert "mlflow-server.dev-that-has-no-file.local" in shown()
    assert shown() == shown()
