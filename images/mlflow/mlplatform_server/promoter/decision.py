"""What to do next, from what is known: no question is asked here, and nothing is changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from mlplatform_server.serving.pin import Pin


class Stage(Enum):
    """How far the pods of the pinned version are."""

    GOING = "going"
    DONE = "done"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """The pods of the pinned version.

    Attributes:
        stage: how far they are.
        cause: why they are no further, as far as they say.
    """

    stage: Stage
    cause: str = ""


@dataclass(frozen=True, kw_only=True)
class Unresolved:
    """No version is known for the alias.

    Attributes:
        reason: why; that MLflow does not answer, or that it knows none.
    """

    reason: str


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A version that could not serve; it is not tried again until the alias moves.

    Attributes:
        pin: the version.
        cause: why.
        at: when.
    """

    pin: Pin
    cause: str
    at: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the registry is to be told of a version.

    Attributes:
        name: name of the registered model.
        version: number of the version.
        text: `serving`, `retired`, or `failed` and why; and since when.
    """

    name: str
    version: str
    text: str


@dataclass(frozen=True, kw_only=True)
class State:
    """What is remembered of a model, in an annotation of its Deployment.

    Attributes:
        wanted: what its alias pointed to when that was last known.
        good: the last version that served.
        since: since when.
        failure: the version that the alias points to, if that one failed.
        trouble: what keeps it from being looked after, in words.
        owed: what the registry has not been told yet.
    """

    wanted: Pin | None = None
    good: Pin | None = None
    since: str = ""
    failure: Failure | None = None
    trouble: str = ""
    owed: tuple[Receipt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is to be done.

    Attributes:
        pin: the version to pin; None for none.
        state: what to remember.
        result: `promoted` or `failed` where one of these just came out.
    """

    pin: Pin | None
    state: State
    result: str | None = None


def decide(
    state: State, pinned: Pin | None, alias: Pin | Unresolved, rollout: Rollout, now: str
) -> Step:
    """Decide for one model.

    Args:
        state: what is remembered.
        pinned: what its Deployment is pinned to.
        alias: what its alias points to.
        rollout: how far the pods of `pinned` are.
        now: the time, as it is shown.
    """
    step = _judge(state, pinned, rollout, now)
    if isinstance(alias, Unresolved):
        # What serves goes on: an outage or a deleted alias says nothing against it.
        return replace(step, state=replace(step.state, trouble=alias.reason))
    failure = step.state.failure
    if failure is not None and failure.pin != alias:
        failure = None
    return replace(
        step,
        pin=step.pin if failure else alias,
        state=replace(step.state, wanted=alias, failure=failure),
    )


def _judge(state: State, pinned: Pin | None, rollout: Rollout, now: str) -> Step:
    """What follows from the rollout alone."""
    state = replace(state, trouble="")
    if pinned is None or rollout.stage is Stage.GOING:
        return Step(pin=pinned, state=state)
    if pinned == state.good:
        if rollout.stage is Stage.BROKEN:
            # Whatever it is, it is not the version, and there is none to go back to.
            state = replace(state, trouble=f"not every pod is ready: {rollout.cause}")
        return Step(pin=pinned, state=state)
    if rollout.stage is Stage.BROKEN:
        failure = Failure(pin=pinned, cause=rollout.cause, at=now)
        state = replace(state, failure=failure)
        return Step(
            pin=state.good,
            state=_owing(state, pinned, f"failed: {rollout.cause} ({now})"),
            result="failed",
        )
    if state.good is not None and _version(state.good) != _version(pinned):
        state = _owing(state, state.good, f"retired ({now})")
    state = _owing(state, pinned, f"serving ({now})")
    return Step(pin=pinned, state=replace(state, good=pinned, since=now), result="promoted")


def _owing(state: State, pin: Pin, text: str) -> State:
    """Remember what the registry is to be told, in place of what it was to be told before."""
    others = tuple(one for one in state.owed if (one.name, one.version) != _version(pin))
    return replace(state, owed=(*others, Receipt(name=pin.name, version=pin.version, text=text)))


def _version(pin: Pin) -> tuple[str, str]:
    return pin.name, pin.version


def read(remembered: Mapping[str, Any]) -> State:
    """Return a state from what `dataclasses.asdict` made of it."""
    failure = remembered.get("failure")
    return State(
        wanted=_pin(remembered.get("wanted")),
        good=_pin(remembered.get("good")),
        since=remembered.get("since", ""),
        failure=failure and Failure(**{**failure, "pin": Pin(**failure["pin"])}),
        trouble=remembered.get("trouble", ""),
        owed=tuple(Receipt(**one) for one in remembered.get("owed", ())),
    )


def _pin(fields: Mapping[str, str] | None) -> Pin | None:
    return Pin(**fields) if fields else None
