import pytest

from cluster import nodes
from toolchain.process import Failed
from toolchain.programs import machine_architecture


def node(architecture: str) -> dict[str, object]:
    return {"status": {"nodeInfo": {"architecture": architecture}}}


@pytest.mark.parametrize(("selector", "asked"), [(None, []), ("pool=ml", ["--selector=pool=ml"])])
def test_the_nodes_that_run_a_stack_decide(
    monkeypatch: pytest.MonkeyPatch, selector: str | None, asked: list[str]
) -> None:
    def get(_context: str, _kind: str, *arguments: str) -> list[dict[str, object]]:
        assert list(arguments) == asked
        return [node("arm64"), node("arm64")]

    monkeypatch.setattr(nodes, "get", get)
    assert nodes.architecture("team", selector) == "arm64"


def test_several_are_refused_with_what_chooses_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "get", lambda *_: [node("arm64"), node("amd64")])
    with pytest.raises(Failed, match=r"nodeSelector kubernetes\.io/arch=amd64"):
        nodes.architecture("team", None)


def test_nodes_that_a_user_may_not_see_are_taken_for_like_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbid(*_: str) -> None:
        raise Failed("nodes", "forbidden", "ask")

    monkeypatch.setattr(nodes, "get", forbid)
    assert nodes.architecture("team", None) == machine_architecture()
