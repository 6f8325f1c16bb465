"""How a stuck namespace is deleted, against a cluster that is plain data."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from cluster import namespaces
from toolchain.process import Failed


def node(name: str, ready: str) -> dict[str, Any]:
    conditions = [
        {"type": "MemoryPressure", "status": "True"},
        {"type": "Ready", "status": ready},
    ]
    return {"metadata": {"name": name}, "status": {"conditions": conditions}}


class Cluster:
    """A namespace that goes when nothing in it has a finalizer any more."""

    def __init__(self, finalizers: dict[str, list[str]], *, unreachable: bool = False) -> None:
        self.finalizers = finalizers
        self.unreachable = unreachable
        self.pods_by_node: dict[str, str] = {}
        self.forced: list[str] = []
        self.changes: list[str] = []

    def kubectl(self, _context: str, verb: str, *words: str, **_: float) -> str:
        if verb == "delete" and words[0] == "namespace":
            waits = "--wait=false" not in words
            if waits and (any(self.finalizers.values()) or self.unreachable):
                raise Failed("the namespace deleted", "timed out", "")
        elif verb == "delete":
            self.forced += words
        elif verb == "api-resources":
            return "pods\nclaims\n"
        elif verb == "patch":
            assert json.loads(words[-1].partition("=")[2]) == {"metadata": {"finalizers": None}}
            self.finalizers[words[1].partition("/")[2]] = []
        elif verb == "annotate":
            self.changes.append(words[1])
        return ""

    def get(self, _context: str, kind: str, *words: str) -> Sequence[dict[str, Any]]:
        if kind == "nodes":
            return [node("alive", "True"), node("dead", "Unknown")]
        if kind == "pods" and self.pods_by_node:
            return [
                {"metadata": {"name": pod}, "spec": {"nodeName": name} if name else {}}
                for name, pod in self.pods_by_node.items()
            ]
        if kind == "namespace":
            condition = {"status": "True", "message": "Discovery failed"}
            return [{"status": {"conditions": [condition]}, "words": words}]
        return [
            {"metadata": {"name": name, "finalizers": found}}
            for name, found in self.finalizers.items()
            if kind == "claims"
        ]


def delete(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "kubectl", cluster.kubectl)
    monkeypatch.setattr(namespaces, "get", cluster.get)
    namespaces.delete("minikube", "mlplatform-dev")


def test_a_namespace_that_is_not_stuck_is_left_to_kubernetes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = Cluster({})
    delete(cluster, monkeypatch)
    assert cluster.forced == []


def test_pods_are_forced_and_finalizers_dropped_where_it_is_stuck(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = Cluster({"data": ["kubernetes.io/pvc-protection"], "free": []})
    delete(cluster, monkeypatch)
    assert "--force" in cluster.forced
    assert cluster.finalizers == {"data": [], "free": []}
    assert cluster.changes == ["mlplatform-dev"], "its controller would look again a minute later"


def test_only_pods_of_a_node_that_does_not_answer_are_forced_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = Cluster({})
    cluster.pods_by_node = {"alive": "postgres-0", "dead": "minio-0", "": "pending"}
    monkeypatch.setattr(namespaces, "kubectl", cluster.kubectl)
    monkeypatch.setattr(namespaces, "get", cluster.get)
    namespaces.begin("minikube", "mlplatform-dev")
    assert [word for word in cluster.forced if "/" in word] == ["pod/minio-0"]


def test_an_account_that_may_not_see_nodes_can_delete_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = Cluster({})

    def get(context: str, kind: str, *words: str) -> Sequence[dict[str, Any]]:
        if kind == "nodes":
            raise Failed(f"get {kind}", "forbidden", "ask for the right")
        return cluster.get(context, kind, *words)

    monkeypatch.setattr(namespaces, "kubectl", cluster.kubectl)
    monkeypatch.setattr(namespaces, "get", get)
    namespaces.delete("minikube", "mlplatform-dev")


def test_what_kubernetes_still_waits_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Failed, match="Discovery failed"):
        delete(Cluster({}, unreachable=True), monkeypatch)
