import pytest

from cluster import nodes
from toolchain.process import Failed


def node(architecture: str) -> dict[str, object]:
    return {"status": {"nodeInfo": {"architecture": architecture}}}


def test_every_architecture_of_a_cluster_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [node("amd64"), node("arm64"), node("amd64")]
    monkeypatch.setattr(nodes, "get", lambda _context, _kind: found)
    assert nodes.architectures("team") == {"amd64", "arm64"}


def test_nodes_that_a_user_may_not_see_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(_context: str, _kind: str) -> None:
        raise Failed("nodes", "forbidden", "ask")

    monkeypatch.setattr(nodes, "get", forbid)
    assert nodes.architectures("team") == set()
