import os
from pathlib import Path

import pytest

from cluster import profiles
from cluster.kind import Kind
from front_door import request
from toolchain.process import Failed


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without stacks, and a user who set nothing."""
    monkeypatch.setattr(request, "ROOT", tmp_path)
    monkeypatch.setenv("MINIKUBE_HOME", str(tmp_path))
    for variable in ("STACK", "CONTEXT", "AUTH", "MINIKUBE_PROFILE"):
        monkeypatch.setenv(variable, "")  # Recorded, so that what is set here is taken back.
    return tmp_path


def test_who_says_nothing_gets_the_stack_dev_on_a_minikube() -> None:
    asked = request.from_environment()
    assert (asked.stack, asked.context, asked.context_name) == ("dev", None, "minikube")


@pytest.mark.parametrize("name", ["PR-42", "a.b", "-a", "a-", "a" * 53, "a/b", "ä"])
def test_a_stack_that_could_not_be_a_host_name_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACK", name)
    with pytest.raises(Failed, match="STACK="):
        request.from_environment()


def test_a_stack_stays_in_the_context_it_was_made_in(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "Pulumi.team.yaml").write_text(
        "encryptionsalt: v1:x\nconfig:\n  mlplatform:context: company\n"
        "  mlplatform:imageRegistry: registry.example.com/team\n"
    )
    monkeypatch.setenv("STACK", "team")
    asked = request.from_environment()
    assert asked.context == "company"
    assert asked.kind is Kind.NAMED
    assert asked.image_registry == "registry.example.com/team"


def test_the_default_registry_written_down_is_still_the_node(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = root / "Pulumi.team.yaml"
    file.write_text("config:\n  mlplatform:imageRegistry: localhost/mlplatform\n")
    monkeypatch.setenv("STACK", "team")
    assert request.from_environment().image_registry is None


def test_the_context_that_the_user_names_now_wins(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "Pulumi.dev.yaml").write_text("config:\n  mlplatform:context: company\n")
    monkeypatch.setenv("CONTEXT", "other")
    assert request.from_environment().context == "other"


def test_naming_the_minikube_is_like_naming_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTEXT", "minikube")
    assert request.from_environment().context is None


def test_another_profile_is_the_cluster_of_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIKUBE_PROFILE", "second")
    asked = request.from_environment()
    assert (asked.context_name, asked.configured_context) == ("second", "minikube")


@pytest.mark.parametrize("variable", ["MINIKUBE_PROFILE", "CONTEXT"])
def test_a_stack_stays_in_the_profile_it_was_made_in(
    root: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles.mark("second")
    monkeypatch.setenv(variable, "second")
    first = request.from_environment()
    (root / "Pulumi.dev.yaml").write_text("config:\n  mlplatform:context: second\n")
    monkeypatch.setenv("MINIKUBE_PROFILE", "")
    monkeypatch.setenv("CONTEXT", "")
    again = request.from_environment()
    assert again == first
    assert (again.context_name, profiles.profile()) == ("second", "second")
    assert again.kind is not Kind.NAMED


def test_the_profile_that_minikube_itself_is_set_to_is_taken(root: Path) -> None:
    (root / ".minikube/config").mkdir(parents=True)
    (root / ".minikube/config/config.json").write_text('{"profile": "second"}')
    assert request.from_environment().context_name == "second"


def test_auth_is_asked_for_with_1_and_with_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not request.from_environment().auth
    monkeypatch.setenv("AUTH", "1")
    assert request.from_environment().auth
    monkeypatch.setenv("AUTH", "0")
    with pytest.raises(Failed, match="auth false"):
        request.from_environment()


@pytest.mark.parametrize(
    ("settings", "ingress_class"),
    [
        ("", "traefik"),
        ("  mlplatform:ingressClass: nginx\n", "nginx"),
        ("  mlplatform:gateway: auto\n", "traefik"),
        ("  mlplatform:gateway: gateways/shared\n", None),
    ],
)
def test_the_class_of_the_ingresses_is_the_setting_unless_a_gateway_takes_their_place(
    root: Path, settings: str, ingress_class: str | None
) -> None:
    (root / "Pulumi.dev.yaml").write_text(f"config:\n{settings}")
    assert request.from_environment().ingress_class == ingress_class


@pytest.mark.parametrize(
    ("proxy", "context", "passed_by"),
    [
        ("http://proxy.example", "", "intranet,127.0.0.1,localhost,192.0.2.7"),
        ("http://proxy.example", "company", "intranet,127.0.0.1,localhost"),
        ("", "", None),
    ],
)
def test_no_proxy_is_asked_for_what_only_this_machine_knows(
    proxy: str, context: str, passed_by: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles.mark("minikube")
    config = profiles.directory("minikube") / "config.json"
    config.write_text('{"Nodes": [{"IP": "192.0.2.7"}]}')
    monkeypatch.setenv("CONTEXT", context)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "intranet")  # Recorded, so that what is set is taken back.
        monkeypatch.delenv(name)
    if proxy:
        monkeypatch.setenv("https_proxy", proxy)
        monkeypatch.setenv("no_proxy", "intranet")
    for _ in range(2):
        request.from_environment()
        assert os.environ.get("NO_PROXY") == os.environ.get("no_proxy") == passed_by
