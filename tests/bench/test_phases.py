"""What is timed, with stacks of its own."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import phases
from bench.phases import DESTROY, PHASES, TUTORIAL, UNCHANGED, UP, Measurement, charts, table
from bench.timeline.path import critical_path
from bench.timeline.timeline import Timeline
from front_door.request import Request
from tests.bench.timelines import recorded_lines, update, waits, work
from toolchain.process import Failed


class FrontDoor:
    """Notes what is done to which stack, and writes an event log like Pulumi's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failing: str = "") -> None:
        self.done: list[tuple[str, str]] = []
        self._failing = failing
        exported = {"deployment": {"resources": []}}
        pulumi = SimpleNamespace(
            up=self.up, destroy=self.pulumi_destroy, exported=lambda _: exported
        )
        monkeypatch.setattr(phases, "pulumi", pulumi)
        monkeypatch.setattr(phases, "smoke", SimpleNamespace(run_suite=self.run_suite))
        monkeypatch.setattr(phases, "destroy", SimpleNamespace(destroy=self.remove))

    def up(self, own: Request, *, event_log: Path, expect_no_changes: bool = False) -> None:
        self._do("unchanged" if expect_no_changes else "up", own, event_log)

    def pulumi_destroy(self, own: Request, *, cluster_is_gone: bool, event_log: Path) -> None:
        assert not cluster_is_gone
        self._do("destroy", own, event_log)

    def run_suite(self, own: Request, tests: str) -> None:
        assert Path(tests).exists()
        self._do("journey", own)

    def remove(self, own: Request) -> None:
        self._do("proof", own)

    def _do(self, what: str, own: Request, event_log: Path | None = None) -> None:
        self.done.append((what, own.stack))
        if what == self._failing:
            raise Failed(what, "no", "nothing")
        if event_log:
            with event_log.open("w") as log:
                log.writelines(f"{json.dumps(line)}\n" for _, line in recorded_lines())


def test_every_repetition_has_a_stack_of_its_own_from_nothing_to_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    door = FrontDoor(monkeypatch)
    measured_while_up: list[str] = []
    measurement = phases.measure_phases(
        Request("dev", None), 2, lambda own: measured_while_up.append(own.stack)
    )
    what = [what for what, _ in door.done]
    assert what == ["up", "journey", "unchanged", "destroy", "proof"] * 2
    first, second = (door.done[at][1] for at in (0, 5))
    assert [stack for _, stack in door.done] == [first] * 5 + [second] * 5
    assert len({first, second, "dev"}) == 3
    assert first.startswith("bench-")
    assert measured_while_up == [second]
    assert {len(seconds) for seconds in measurement.seconds.values()} == {2}
    assert set(measurement.seconds) == set(PHASES)
    assert set(measurement.timelines) == {UP, UNCHANGED, DESTROY}


@pytest.mark.parametrize("failing", ["up", "journey", "unchanged", "destroy"])
def test_a_stack_whose_phase_failed_is_removed(
    monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    door = FrontDoor(monkeypatch, failing)
    with pytest.raises(Failed, match=f"wanted: {failing}"):
        phases.measure_phases(Request("dev", None), 2, lambda _: None)
    assert [what for what, _ in door.done][-2:] == [failing, "proof"]


def test_the_table_names_the_goals_and_by_how_much_they_are_missed() -> None:
    measurement = Measurement()
    for phase, seconds in {UP: 10.5, TUTORIAL: 3, UNCHANGED: 2, DESTROY: 9}.items():
        measurement.seconds[phase] = [seconds, seconds - 1, seconds + 1]
    assert table(measurement).splitlines()[:3] == [
        "seconds                min  median     max    goal",
        "up-from-nothing        9.5    10.5    11.5       9  missed by 1.5",
        "tutorial               2.0     3.0     4.0      20",
    ]


def test_the_median_repetition_is_drawn_and_the_picture_named(tmp_path: Path) -> None:
    def lasting(seconds: float) -> Timeline:
        spans = update(work("server", 1, seconds - 1), end=seconds)
        return Timeline(spans, critical_path(spans, waits()))

    measurement = Measurement()
    measurement.timelines[UP] = [lasting(30), lasting(10), lasting(20)]
    text = charts(measurement, tmp_path / "new", width=80)
    picture = tmp_path / "new/up-from-nothing.svg"
    assert text.startswith(f"up-from-nothing: 20.0 s, also drawn in {picture}")
    assert "up-from-nothing: 20.0 s" in picture.read_text()
