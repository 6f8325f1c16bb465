"""Settings: what is accepted, what is refused, and what the user is told.

A file in `cases/` is one configuration: `stack`, `contexts`, `config` and `encrypted`, each with a
default. `NAME.ok.yaml` also holds the settings it must give, `NAME.error.KEY.yaml` must be refused
for that key and no other.
"""

import dataclasses
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from mlplatform import names, settings
from mlplatform.keys import AUTO, DEFAULTS, SECRETS
from mlplatform.problems import SettingsError
from mlplatform.settings import parse_settings

CASES = Path(__file__).parent / "cases"
ROOT = Path(__file__).parents[2]


def parse(case: dict[str, Any]) -> settings.Settings:
    return parse_settings(
        case.get("config", {}),
        case.get("stack", "dev"),
        {name: name == "minikube" for name in case.get("contexts", ["minikube"])},
        case.get("encrypted", SECRETS),
    )


def refusal(config: dict[str, str], **more: Any) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        parse({"config": config, **more})
    return caught.value


@pytest.mark.parametrize("file", sorted(CASES.glob("*.ok.yaml")), ids=lambda file: file.stem)
def test_a_good_configuration_becomes_settings(file: Path) -> None:
    case = yaml.safe_load(file.read_text())
    parsed = dataclasses.asdict(parse(case))
    assert {name: parsed[name] for name in case["settings"]} == case["settings"]


@pytest.mark.parametrize("file", sorted(CASES.glob("*.error.*.yaml")), ids=lambda file: file.stem)
def test_a_bad_value_is_refused_with_its_key_and_a_hint(file: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(yaml.safe_load(file.read_text()))
    (problem,) = caught.value.problems
    assert problem.key == file.stem.partition(".error.")[2]
    assert problem.got
    assert problem.want
    assert problem.hint
    assert str(problem) in str(caught.value)


def test_every_key_has_a_case_that_is_refused() -> None:
    refused = {file.stem.partition(".error.")[2] for file in CASES.glob("*.error.*.yaml")}
    assert refused >= DEFAULTS.keys()


def test_everything_wrong_is_reported_at_once() -> None:
    error = refusal(
        {
            "context": "nowhere",
            "mlflowHost": "",
            "minioHost": "minio.local:9000",
            "mlflowImage": "mlflow:latest",
            "postgresStorage": "2GB",
            "replicas": "abc",
            "ephemeral": "maybe",
            "replica": "2",
        }
    )
    assert {problem.key for problem in error.problems} == {
        "context",
        "mlflowHost",
        "minioHost",
        "mlflowImage",
        "postgresStorage",
        "replicas",
        "ephemeral",
        "replica",
    }
    assert str(error).startswith("8 problems in the configuration of stack 'dev'")


def test_a_message_says_what_was_given_what_is_accepted_and_an_example() -> None:
    assert (
        "mlflowHost: got 'h:80', want a lower-case DNS name without scheme, port or path;"
        " example: mlflow.example.com"
    ) in str(refusal({"mlflowHost": "h:80"}))


def test_a_misspelled_key_is_answered_with_the_right_one() -> None:
    assert "replica: got an unknown key" in str(refusal({"replica": "2"}))
    assert "did you mean replicas?" in str(refusal({"replica": "2"}))
    assert "did you mean mlflowHost?" in str(refusal({"mlplatfrom:mlflowHost": "a.local"}))


def test_a_key_like_no_other_is_answered_with_all_keys() -> None:
    message = str(refusal({"xyz": "1"}))
    assert all(key in message for key in DEFAULTS)


def test_a_context_that_does_not_exist_is_answered_with_those_that_do() -> None:
    message = str(refusal({"context": "nowhere"}, contexts=["minikube", "kind-ci"]))
    assert "want a context of your kubeconfig: minikube, kind-ci" in message


@pytest.mark.parametrize("key", [*SECRETS, "postgresPasword"])
def test_a_refused_password_is_never_shown(key: str) -> None:
    assert "canary" not in str(refusal({key: "canary"}))
    assert "canary" not in str(refusal({key: "canary-canary-canary"}, encrypted=[]))


def test_settings_do_not_show_passwords_when_printed() -> None:
    assert "canary" not in repr(parse({"config": dict.fromkeys(SECRETS, "canary-canary")}))


def test_pulumi_shows_the_message_without_a_traceback() -> None:
    assert issubclass(SettingsError, pulumi.RunError)


def test_the_schema_in_the_project_file_is_that_of_the_program() -> None:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    schema = {key: entry for key, entry in project["config"].items() if ":" not in key}
    assert {key: entry["default"] for key, entry in schema.items()} == DEFAULTS
    assert all(entry["description"] for entry in schema.values())
    # Of a value of any other type the engine would report the first only, without an example.
    assert {entry["type"] for entry in schema.values()} == {"string"}


def test_the_schema_says_what_auto_stands_for() -> None:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    for key, default in DEFAULTS.items():
        described = "auto: " in project["config"][key]["description"]
        assert described == (default == AUTO)


def test_the_project_has_the_name_that_its_code_uses() -> None:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    assert project["name"] == names.PROJECT
    assert project["main"] == "infra/"
    assert project["config"]["pulumi:disable-default-providers"] == {"value": ["kubernetes"]}


def test_the_configuration_of_pulumi_is_read_and_its_own_keys_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("contexts: [{name: minikube}]")
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    pulumi.runtime.set_all_config(
        {
            "mlplatform:replicas": "2",
            "mlplatform:s3SecretKey": "canary-canary",
            "pulumi:disable-default-providers": '["kubernetes"]',
        },
        ["mlplatform:s3SecretKey"],
    )
    monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")
    loaded = settings.load_settings()
    assert (loaded.replicas, loaded.s3_secret_key) == (2, "canary-canary")

    pulumi.runtime.set_all_config({"mlplatform:s3SecretKey": "canary-canary", "aws:region": "x"})
    with pytest.raises(SettingsError) as caught:
        settings.load_settings()
    assert {problem.key for problem in caught.value.problems} == {"aws:region"}


def test_an_unreadable_kubeconfig_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("contexts: [")
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    pulumi.runtime.set_all_config({})
    with pytest.raises(pulumi.RunError, match="cannot be read as a kubeconfig"):
        settings.load_settings()


MINIKUBE = ["minikube"]
ELSEWHERE = ["eks"]


@pytest.mark.parametrize(
    ("config", "contexts", "is_shared"),
    [
        ({}, MINIKUBE, False),
        ({"ephemeral": "false"}, MINIKUBE, True),
        ({"context": "eks"}, ELSEWHERE, True),
        ({"context": "eks", "ephemeral": "false"}, ELSEWHERE, True),
    ],
)
def test_only_a_try_on_a_minikube_asks_nobody_for_a_password(
    config: dict[str, str], contexts: list[str], is_shared: bool
) -> None:
    assert parse({"config": config, "contexts": contexts}).has_auth == is_shared


@pytest.mark.parametrize("contexts", [MINIKUBE, ELSEWHERE])
@pytest.mark.parametrize("chosen", ["true", "false"])
def test_whoever_chooses_decides_about_passwords(chosen: str, contexts: list[str]) -> None:
    config = {"context": contexts[0], "auth": chosen}
    assert parse({"config": config, "contexts": contexts}).has_auth == (chosen == "true")
