"""When a Minikube that is there has to be started again."""

import json
from pathlib import Path
from typing import Any

import pytest

from cluster import lifecycle

MINIKUBE = "k8s.io/minikube-hostpath"


def storage_class(provisioner: str) -> dict[str, Any]:
    annotations = {lifecycle.DEFAULT_CLASS: "true"}
    return {"metadata": {"annotations": annotations}, "provisioner": provisioner}


@pytest.fixture
def objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """A cluster that runs and answers; its objects by kind."""
    (tmp_path / ".minikube/profiles/minikube").mkdir(parents=True)
    monkeypatch.setenv("MINIKUBE_HOME", str(tmp_path))
    running = dict.fromkeys(("Host", "Kubelet", "APIServer"), "Running")
    monkeypatch.setattr(lifecycle, "run", lambda *_, **__: json.dumps(running))
    monkeypatch.setattr(lifecycle, "kubectl", lambda *_, **__: "ok")
    found: dict[str, list[dict[str, Any]]] = {
        "storageclass": [storage_class(MINIKUBE)],
        "pod": [{"status": {"phase": "Running"}}],
    }
    monkeypatch.setattr(lifecycle, "get", lambda _context, kind, *_: found[kind])
    return found


def test_a_cluster_that_runs_is_left_alone(objects: dict[str, list[dict[str, Any]]]) -> None:
    assert objects["pod"]
    assert lifecycle._runs("minikube")


def test_a_minikube_that_lost_its_provisioner_is_started_again(
    objects: dict[str, list[dict[str, Any]]],
) -> None:
    objects["pod"] = []
    assert not lifecycle._runs("minikube")


def test_another_provisioner_than_minikubes_is_its_owners_affair(
    objects: dict[str, list[dict[str, Any]]],
) -> None:
    objects["pod"] = []
    objects["storageclass"] = [storage_class("hostpath.csi.k8s.io")]
    assert lifecycle._runs("minikube")


def test_a_cluster_that_was_never_made_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIKUBE_HOME", str(tmp_path))
    assert not lifecycle._runs("minikube")


@pytest.mark.parametrize(
    ("profile", "contexts"), [("minikube", "other\n"), ("other", "minikube\n")]
)
def test_a_stopped_minikube_still_exists_though_its_context_is_gone(
    profile: str, contexts: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".minikube/profiles" / profile).mkdir(parents=True)
    monkeypatch.setenv("MINIKUBE_HOME", str(tmp_path))
    monkeypatch.setattr(lifecycle, "run", lambda *_, **__: contexts)
    assert lifecycle.exists("minikube")
    assert not lifecycle.exists("mini")
