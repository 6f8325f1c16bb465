"""Reading pods, and waiting until they are others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from smoke_tests import namespace
from smoke_tests.namespace import Namespace

STACK = Namespace("minikube", "mlplatform-dev")


def pod(uid: str, *, ready: bool) -> dict[str, Any]:
    """A pod as Kubernetes describes it, seven seconds after its start if it is ready."""
    state = {"running": {"startedAt": "2026-11-22T10:00:01Z"}} if ready else {"waiting": {}}
    condition = {
        "type": "Ready",
        "status": str(ready),
        "lastTransitionTime": "2026-11-22T10:00:08Z",
    }
    return {
        "metadata": {"name": "mlflow-server-0", "uid": uid},
        "status": {"containerStatuses": [{"state": state}], "conditions": [condition]},
    }


@pytest.fixture
def deleted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, ...]]]:
    """A cluster in which deleted pods are replaced step by step; what is deleted in it."""
    commands: list[tuple[str, ...]] = []
    states = [
        [pod("old", ready=True)],
        [pod("old", ready=True)],
        [pod("old", ready=True), pod("new", ready=False)],
        [pod("old", ready=True), pod("new", ready=True)],
        [pod("new", ready=True)],
    ]
    monkeypatch.setattr(namespace, "get", lambda *_: states.pop(0))
    monkeypatch.setattr(namespace, "kubectl", lambda *command: commands.append(command))
    yield commands
    assert states == [], "it did not wait for the last state"


def test_pods_are_replaced_once_the_new_are_ready_and_the_old_are_gone(
    deleted: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smoke_tests.wait.time.sleep", lambda _: None)
    assert [new.uid for new in STACK.replace_pods("mlflow-server")] == ["new"]
    assert deleted == [
        (
            "minikube",
            "--namespace=mlplatform-dev",
            "delete",
            "pods",
            "--selector=app.kubernetes.io/name=mlflow-server",
            "--wait=false",
        )
    ]


def test_a_part_without_pods_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespace, "get", lambda *_: [])
    with pytest.raises(ValueError, match="no pod of postgres in namespace mlplatform-dev"):
        STACK.replace_pods("postgres")


def test_the_times_of_a_pod_that_is_not_ready_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespace, "get", lambda *_: [pod("a", ready=False), pod("b", ready=True)])
    waiting, ready = STACK.pods("mlflow-server")
    assert (waiting.started_at, waiting.ready_at) == (None, None)
    assert ready.started_at
    assert ready.ready_at
    assert (ready.ready_at - ready.started_at).total_seconds() == 7
