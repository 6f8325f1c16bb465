"""A cycle that fails is no cycle that passed, and its stack is destroyed all the same."""

import pytest

from front_door import cycle
from front_door.leftovers import Inventory
from front_door.request import Request
from toolchain.process import Failed

REQUEST = Request("dev", None)


class Stack:
    """Fails where it is told to, and counts how often it was destroyed."""

    def __init__(self) -> None:
        self.fails: list[str] = []
        self.left: list[str] = []
        self.destroyed: list[str] = []

    def step(self, name: str, request: Request) -> None:
        if name == "down":
            self.destroyed.append(request.stack)
        if name in self.fails:
            raise Failed(name, "exit code 1", "mend it")


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    made = Stack()
    monkeypatch.setattr(cycle.pulumi, "up", lambda request: made.step("up", request))
    monkeypatch.setattr(cycle.smoke, "run_suite", lambda request: made.step("smoke", request))
    monkeypatch.setattr(cycle.destroy, "destroy", lambda request: made.step("down", request))
    monkeypatch.setattr(
        cycle, "take_inventory", lambda _: Inventory(REQUEST, False, False, frozenset())
    )
    monkeypatch.setattr(Inventory, "left", lambda _: made.left)
    return made


def test_every_cycle_has_its_row_and_its_stack(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    cycle.cycle(REQUEST, 2)
    printed = capsys.readouterr().out
    assert "2 of 2 passed, 0 leftovers" in printed
    assert stack.destroyed == ["cycle", "cycle"]


def test_a_failed_smoke_test_counts_and_the_stack_is_destroyed(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.fails = ["smoke"]
    with pytest.raises(Failed, match="cycle 1: wanted: smoke"):
        cycle.cycle(REQUEST, 1)
    assert "0 of 1 passed" in capsys.readouterr().out
    assert stack.destroyed == ["cycle"]


@pytest.mark.parametrize("fails", [[], ["down"]])
def test_a_leftover_or_a_failed_teardown_fails_the_run(stack: Stack, fails: list[str]) -> None:
    stack.fails = fails
    stack.left = ["namespace mlplatform-cycle"]
    with pytest.raises(Failed, match="namespace mlplatform-cycle"):
        cycle.cycle(REQUEST, 1)
