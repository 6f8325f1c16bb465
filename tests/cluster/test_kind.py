import json
from pathlib import Path

import pytest

from cluster import engine, kind
from cluster.kind import Kind


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINIKUBE_HOME", str(tmp_path))
    monkeypatch.delenv("MINIKUBE_PROFILE", raising=False)
    monkeypatch.delenv("MINIKUBE_DRIVER", raising=False)
    monkeypatch.setattr(kind.platform, "system", lambda: "Linux")
    monkeypatch.setattr(engine, "succeeds", lambda _command: False)
    return tmp_path


def profile_with(home: Path, driver: str) -> None:
    config = home / ".minikube/profiles/minikube/config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"Driver": driver}))


def test_a_named_context_is_taken_as_it_is() -> None:
    assert kind.kind_of("production") is Kind.NAMED


def test_a_machine_with_an_engine_gets_a_minikube_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "succeeds", lambda command: command[0] == "docker")
    assert kind.kind_of(None) is Kind.MINIKUBE


def test_a_machine_without_an_engine_becomes_the_node() -> None:
    assert kind.kind_of(None) is Kind.NODE


@pytest.mark.parametrize(("driver", "expected"), [("none", Kind.NODE), ("docker", Kind.MINIKUBE)])
def test_a_profile_that_exists_decides(home: Path, driver: str, expected: Kind) -> None:
    profile_with(home, driver)
    assert kind.kind_of(None) is expected


def test_a_mac_lets_minikube_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind.platform, "system", lambda: "Darwin")
    assert kind.kind_of(None) is Kind.MINIKUBE
