from typing import Any

import pytest

from front_door import models
from front_door.request import Request
from mlplatform_server.promoter import cluster
from mlplatform_server.promoter.decision import Failure, State
from mlplatform_server.serving.pin import Pin
from tests.infra.recorder import record

ONE, TWO = (Pin(name="wine", version=version, source="s") for version in "12")
SINCE = "2030-01-01T00:00:00Z"


def deployment(state: State | None, name: str = "wine@champion") -> dict[str, Any]:
    """A Deployment as the promoter leaves it."""
    promotion = {} if state is None else {cluster.STATE: cluster.remembered(state)}
    return {
        "metadata": {"name": "model-wine", "annotations": {"mlplatform/model": name, **promotion}}
    }


CASES: dict[str, tuple[State | None, tuple[str | None, str | None, str, str]]] = {
    "nobody has looked": (None, (None, None, "unknown", "the promoter has not looked at it yet")),
    "it serves what is wanted": (
        State(wanted=ONE, good=ONE, since=SINCE),
        ("1", "1", "serving", ""),
    ),
    "the first is on its way": (
        State(wanted=ONE),
        ("1", None, "starting", "version 1 is on its way"),
    ),
    "the next is on its way": (
        State(wanted=TWO, good=ONE, since=SINCE),
        ("2", "1", "starting", "version 2 is on its way"),
    ),
    "the next has failed": (
        State(wanted=TWO, good=ONE, since=SINCE, failure=Failure(pin=TWO, cause="crash", at=SINCE)),
        ("2", "1", "failed", f"version 2 ({SINCE}): crash"),
    ),
    "there is no alias": (
        State(trouble="MLflow has no wine@champion"),
        (None, None, "waiting", "MLflow has no wine@champion"),
    ),
    "there is none any more": (
        State(wanted=ONE, good=ONE, since=SINCE, trouble="MLflow has no wine@champion"),
        ("1", "1", "serving", "MLflow has no wine@champion"),
    ),
}


@pytest.mark.parametrize(("state", "told"), CASES.values(), ids=CASES)
def test_a_deployment_tells_of_its_model(
    state: State | None, told: tuple[str | None, str | None, str, str]
) -> None:
    found = models.read(deployment(state))
    assert (found.wanted, found.serving, found.state, found.reason) == told
    assert found.since == (SINCE if state and state.good else "")


def test_the_program_names_the_model_as_it_is_read() -> None:
    declared = record({"models": "[{name: Wine 2, alias: live, path: wine}]"})
    found = models.read(declared.one("Deployment", "model-wine").object)
    assert (found.name, found.state) == ("Wine 2@live", "unknown")


def test_the_table_has_a_line_for_each() -> None:
    lines = models.table(
        [models.read(deployment(state)) for state, _ in CASES.values()]
    ).splitlines()
    assert lines[0].split() == ["MODEL", "WANTED", "SERVING", "SINCE", "STATE"]
    assert lines[2].split() == ["wine@champion", "1", "1", SINCE, "serving"]
    assert len(lines) == len(CASES) + 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were slept."""
    slept: list[float] = []
    monkeypatch.setattr(models.time, "sleep", slept.append)
    monkeypatch.setattr(models.time, "monotonic", lambda: sum(slept))
    return slept


def waited(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *states: State | None
) -> str:
    """What is said of a model that goes through these states and stays in the last."""
    left = list(states)

    def get(*_: str) -> list[dict[str, Any]]:
        return [deployment(left.pop(0) if len(left) > 1 else left[0])]

    monkeypatch.setattr(models, "get", get)
    models.wait(Request("dev", "minikube"))
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_a_version_on_its_way_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: list[float]
) -> None:
    states = [None, State(wanted=ONE), State(wanted=ONE, good=ONE, since=SINCE)]
    assert "wine@champion: serving version 1" in waited(monkeypatch, capsys, *states)
    assert len(clock) == 2


def test_a_missing_alias_is_named_and_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: list[float]
) -> None:
    missing = State(trouble="MLflow has no wine@champion")
    assert "waiting; MLflow has no wine@champion" in waited(monkeypatch, capsys, None, missing)
    assert sum(clock) < 60


@pytest.mark.parametrize(("state", "longest_s"), [(None, 62), (State(wanted=TWO, good=ONE), 662)])
def test_nothing_is_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    clock: list[float],
    state: State | None,
    longest_s: float,
) -> None:
    assert "wine@champion: " in waited(monkeypatch, capsys, state)
    assert sum(clock) <= longest_s
