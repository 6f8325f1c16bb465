"""The table of what follows from what, one line each; nothing here waits for anything."""

from dataclasses import asdict, dataclass, field

import pytest

from mlplatform_server.promoter.decision import (
    Failure,
    Receipt,
    Rollout,
    Stage,
    State,
    Unresolved,
    decide,
    read,
)
from mlplatform_server.serving.pin import Pin

NOW = "2030-01-02T03:04:05Z"
BEFORE = "2030-01-01T00:00:00Z"
ONE, TWO, THREE = (
    Pin(name="wine", version=version, source=f"mlflow-artifacts:/{version}") for version in "123"
)
MADE_ANEW = Pin(name="wine", version="1", source="mlflow-artifacts:/another")
GOING = Rollout(stage=Stage.GOING)
DONE = Rollout(stage=Stage.DONE)
BROKEN = Rollout(stage=Stage.BROKEN, cause="out of memory")
SILENT = Unresolved(reason="MLflow does not answer: ConnectionError")
GONE = Unresolved(reason="MLflow has no wine@champion")
TWO_FAILED = Failure(pin=TWO, cause="out of memory", at=BEFORE)


def serving(pin: Pin, when: str = NOW) -> Receipt:
    return Receipt(name="wine", version=pin.version, text=f"serving ({when})")


def retired(pin: Pin) -> Receipt:
    return Receipt(name="wine", version=pin.version, text=f"retired ({NOW})")


def failed(pin: Pin) -> Receipt:
    return Receipt(name="wine", version=pin.version, text=f"failed: out of memory ({NOW})")


@dataclass(frozen=True)
class Case:
    """What is known, and what must follow."""

    pinned: Pin | None
    alias: Pin | Unresolved
    rollout: Rollout
    pin: Pin | None
    good: Pin | None = None
    failure: Failure | None = None
    result: str | None = None
    owed: tuple[Receipt, ...] = ()
    good_after: Pin | None = None
    failure_after: Failure | None = None
    trouble: str = ""
    owed_before: tuple[Receipt, ...] = field(default=())


CASES = {
    "an alias that appears is pinned": Case(None, ONE, GOING, pin=ONE),
    "without an alias nothing is pinned": Case(None, GONE, GOING, pin=None, trouble=GONE.reason),
    "without MLflow nothing is pinned": Case(None, SILENT, GOING, pin=None, trouble=SILENT.reason),
    "the first version is waited for": Case(ONE, ONE, GOING, pin=ONE),
    "the first version serves": Case(
        ONE, ONE, DONE, pin=ONE, good_after=ONE, result="promoted", owed=(serving(ONE),)
    ),
    "the first version fails, and nothing is tried any more": Case(
        ONE,
        ONE,
        BROKEN,
        pin=None,
        failure_after=Failure(pin=ONE, cause="out of memory", at=NOW),
        result="failed",
        owed=(failed(ONE),),
    ),
    "what serves goes on": Case(ONE, ONE, DONE, good=ONE, pin=ONE, good_after=ONE),
    "an alias that moves is followed": Case(ONE, TWO, DONE, good=ONE, pin=TWO, good_after=ONE),
    "an alias that moves back is followed to a lower version": Case(
        THREE, ONE, DONE, good=THREE, pin=ONE, good_after=THREE
    ),
    "the next version is waited for": Case(TWO, TWO, GOING, good=ONE, pin=TWO, good_after=ONE),
    "the next version serves, and the one before is retired": Case(
        TWO,
        TWO,
        DONE,
        good=ONE,
        pin=TWO,
        good_after=TWO,
        result="promoted",
        owed=(retired(ONE), serving(TWO)),
    ),
    "the next version fails, and the one before is pinned again": Case(
        TWO,
        TWO,
        BROKEN,
        good=ONE,
        pin=ONE,
        good_after=ONE,
        failure_after=Failure(pin=TWO, cause="out of memory", at=NOW),
        result="failed",
        owed=(failed(TWO),),
    ),
    "a version that failed is not tried again": Case(
        ONE,
        TWO,
        DONE,
        good=ONE,
        failure=TWO_FAILED,
        pin=ONE,
        good_after=ONE,
        failure_after=TWO_FAILED,
    ),
    "nor while the pods go back": Case(
        ONE,
        TWO,
        GOING,
        good=ONE,
        failure=TWO_FAILED,
        pin=ONE,
        good_after=ONE,
        failure_after=TWO_FAILED,
    ),
    "nor where none has served yet": Case(
        None, TWO, GOING, failure=TWO_FAILED, pin=None, failure_after=TWO_FAILED
    ),
    "an alias that moves on from a failure is followed": Case(
        ONE, THREE, DONE, good=ONE, failure=TWO_FAILED, pin=THREE, good_after=ONE
    ),
    "an alias that moves back from a failure lets it be forgotten": Case(
        ONE, ONE, DONE, good=ONE, failure=TWO_FAILED, pin=ONE, good_after=ONE
    ),
    "an alias may move before its version serves": Case(
        TWO, THREE, GOING, good=ONE, pin=THREE, good_after=ONE
    ),
    "and back": Case(TWO, ONE, GOING, good=ONE, pin=ONE, good_after=ONE),
    "and as its version fails": Case(
        TWO,
        THREE,
        BROKEN,
        good=ONE,
        pin=THREE,
        good_after=ONE,
        result="failed",
        owed=(failed(TWO),),
    ),
    "an outage of MLflow leaves what serves": Case(
        ONE, SILENT, DONE, good=ONE, pin=ONE, good_after=ONE, trouble=SILENT.reason
    ),
    "a deleted alias leaves what serves": Case(
        ONE, GONE, DONE, good=ONE, pin=ONE, good_after=ONE, trouble=GONE.reason
    ),
    "an outage does not keep a version that failed": Case(
        TWO,
        SILENT,
        BROKEN,
        good=ONE,
        pin=ONE,
        good_after=ONE,
        failure_after=Failure(pin=TWO, cause="out of memory", at=NOW),
        result="failed",
        owed=(failed(TWO),),
        trouble=SILENT.reason,
    ),
    "nor let a failure be forgotten": Case(
        ONE,
        SILENT,
        DONE,
        good=ONE,
        failure=TWO_FAILED,
        pin=ONE,
        good_after=ONE,
        failure_after=TWO_FAILED,
        trouble=SILENT.reason,
    ),
    "a version that served and serves no more has nothing to go back to": Case(
        ONE,
        ONE,
        BROKEN,
        good=ONE,
        pin=ONE,
        good_after=ONE,
        trouble="not every pod is ready: out of memory",
    ),
    "a model that was made anew under the same name is another": Case(
        ONE, MADE_ANEW, DONE, good=ONE, pin=MADE_ANEW, good_after=ONE
    ),
    "and is not retired by itself": Case(
        MADE_ANEW,
        MADE_ANEW,
        DONE,
        good=ONE,
        pin=MADE_ANEW,
        good_after=MADE_ANEW,
        result="promoted",
        owed=(serving(MADE_ANEW),),
    ),
    "what was owed stays owed": Case(
        ONE,
        SILENT,
        DONE,
        good=ONE,
        owed_before=(serving(ONE, BEFORE),),
        pin=ONE,
        good_after=ONE,
        owed=(serving(ONE, BEFORE),),
        trouble=SILENT.reason,
    ),
    "what is owed of a version is the last": Case(
        TWO,
        TWO,
        DONE,
        good=ONE,
        owed_before=(serving(ONE, BEFORE),),
        pin=TWO,
        good_after=TWO,
        result="promoted",
        owed=(retired(ONE), serving(TWO)),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_decision(case: Case) -> None:
    state = State(good=case.good, failure=case.failure, since=BEFORE, owed=case.owed_before)
    step = decide(state, case.pinned, case.alias, case.rollout, NOW)
    assert step.pin == case.pin
    assert step.result == case.result
    assert step.state.good == case.good_after
    assert step.state.failure == case.failure_after
    assert step.state.owed == case.owed
    assert step.state.trouble == case.trouble
    assert step.state.since == (NOW if step.result == "promoted" else BEFORE)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_nothing_is_done_twice(case: Case) -> None:
    """As long as nothing changes but what was decided, the next look decides nothing more."""
    state = State(good=case.good, failure=case.failure, since=BEFORE, owed=case.owed_before)
    step = decide(state, case.pinned, case.alias, case.rollout, NOW)
    rollout = case.rollout if step.pin == case.pinned else GOING
    again = decide(step.state, step.pin, case.alias, rollout, "2040-01-01T00:00:00Z")
    assert (again.pin, again.result) == (step.pin, None)
    assert again.state.owed == step.state.owed
    assert again.state.failure == step.state.failure


def test_a_state_is_read_as_it_was_written() -> None:
    state = State(
        wanted=TWO,
        good=ONE,
        since=BEFORE,
        failure=TWO_FAILED,
        trouble="none",
        owed=(serving(ONE), failed(TWO)),
    )
    assert read(asdict(state)) == state
    assert read({}) == State()
