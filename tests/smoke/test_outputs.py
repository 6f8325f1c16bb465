"""What the environment does not say of a stack is read from its outputs, and from the cluster."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from smoke_tests import outputs
from smoke_tests.outputs import completed
from smoke_tests.settings import load_settings
from tests.infra.recorder import Recording, record
from tests.smoke.test_settings import COMPLETE


@pytest.fixture(scope="module")
def durable() -> Recording:
    """A stack whose outputs Pulumi knows."""
    return record({"ephemeral": "false", "artifacts": "presigned"})


@pytest.fixture
def asked(
    monkeypatch: pytest.MonkeyPatch, durable: Recording, tmp_path: Path
) -> list[Sequence[str]]:
    """Pulumi and an ingress controller that answer; holds the commands."""
    commands: list[Sequence[str]] = []

    def run(command: Sequence[str], **_: object) -> str:
        commands.append(command)
        return json.dumps(durable.outputs)

    def get(*_: str) -> list[dict[str, dict[str, str]]]:
        return [{"data": {"ca.crt": base64.b64encode(b"an authority").decode()}}]

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(outputs, "run", run)
    monkeypatch.setattr(outputs, "get", get)
    monkeypatch.setattr(
        outputs, "ingress_address", lambda *named, **_: "192.0.2.1 of {} {}".format(*named)
    )
    return commands


def test_a_complete_environment_asks_nobody(asked: list[Sequence[str]]) -> None:
    assert completed(COMPLETE) == COMPLETE
    assert asked == []


@pytest.mark.parametrize(("stack", "chosen"), [(None, []), ("team", ["--stack", "team"])])
def test_an_empty_environment_is_read_from_the_outputs(
    asked: list[Sequence[str]], stack: str | None, chosen: list[str]
) -> None:
    complete = completed({"MLPLATFORM_INGRESS_ADDRESS": "127.0.0.1"}, stack)
    settings = load_settings(complete)
    assert settings.tracking_uri == "https://mlflow-server.local"
    assert Path(settings.ca_file or "").read_text() == "an authority"
    assert settings.store_ca_file == settings.ca_file
    assert settings.redirects is False
    assert not settings.ephemeral
    assert [word for word in asked[0] if word in ("--stack", "team")] == chosen


def test_what_the_environment_says_stays(asked: list[Sequence[str]]) -> None:
    complete = completed({"MLPLATFORM_BUCKET": "another", "PATH": "/bin"})
    assert (complete["MLPLATFORM_BUCKET"], complete["PATH"]) == ("another", "/bin")
    assert len(asked) == 1


def test_the_address_is_asked_of_the_stacks_own_cluster(asked: list[Sequence[str]]) -> None:
    complete = completed({})
    assert len(asked) == 1
    assert complete["MLPLATFORM_INGRESS_ADDRESS"] == "192.0.2.1 of minikube mlplatform-dev"
