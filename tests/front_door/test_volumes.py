"""Volumes that a stack leaves: deleted on a Minikube of ours, never elsewhere."""

from typing import Any

import pytest

from front_door.leftovers import objects
from front_door.request import Request
from toolchain.process import Failed

MINIKUBE, ELSEWHERE = Request("pr-42", None), Request("pr-42", "team")


def volume(name: str, policy: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {
            "claimRef": {"namespace": "mlplatform-pr-42"},
            "persistentVolumeReclaimPolicy": policy,
        },
        "status": {"phase": "Released"},
    }


@pytest.fixture
def deleted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A cluster with two released volumes, whose patience is over; what is deleted in it."""
    commands: list[str] = []

    def kubectl(_context: str, command: str, *words: str, **_: object) -> str:
        if command == "delete":
            commands.append(words[1])
        return ""

    volumes = [volume("kept", "Retain"), volume("going", "Delete")]
    monkeypatch.setattr(objects, "get", lambda *_: volumes)
    monkeypatch.setattr(objects, "kubectl", kubectl)
    monkeypatch.setattr(objects, "PATIENCE_S", -1)
    monkeypatch.setattr(objects, "_directories", lambda _: [])
    return commands


def test_on_a_minikube_of_ours_what_its_provisioner_disowns_is_deleted(deleted: list[str]) -> None:
    objects._wait_for_volumes(MINIKUBE)
    assert deleted == ["kept", "going"]


def test_elsewhere_nothing_is_deleted_and_what_is_retained_is_not_left_over(
    deleted: list[str],
) -> None:
    objects._wait_for_volumes(ELSEWHERE)
    assert deleted == []
    assert list(objects._volumes(ELSEWHERE)) == ["going"]


def test_elsewhere_volumes_that_the_user_may_not_see_are_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_: str) -> None:
        raise Failed("volumes", "forbidden", "ask")

    monkeypatch.setattr(objects, "get", forbidden)
    assert objects._volumes(ELSEWHERE) == {}
    with pytest.raises(Failed):
        objects._volumes(MINIKUBE)
