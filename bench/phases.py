"""How long a stack of its own takes: up from nothing, the tutorial's journey, unchanged, gone."""

from __future__ import annotations

import dataclasses
import os
import secrets
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.timeline.path import dependencies
from bench.timeline.recording import Event, record
from bench.timeline.svg import gantt_svg
from bench.timeline.text import gantt_text
from bench.timeline.timeline import Timeline, timeline
from front_door import destroy, pulumi, smoke
from front_door.request import Request
from toolchain.process import say

JOURNEY = "smoke_tests/test_journey.py"


@dataclass(frozen=True)
class Phase:
    """What is timed, and how many seconds it should take at most."""

    name: str
    goal_s: float


UP = Phase("up-from-nothing", 9)
TUTORIAL = Phase("tutorial", 20)
UNCHANGED = Phase("up-unchanged", 3)
DESTROY = Phase("destroy", 9)
PHASES = (UP, TUTORIAL, UNCHANGED, DESTROY)


@dataclass
class Measurement:
    """What the repetitions gave, in their order.

    Attributes:
        seconds: of each phase.
        timelines: of each phase that is an update of Pulumi's.
    """

    seconds: dict[Phase, list[float]] = field(default_factory=lambda: defaultdict(list))
    timelines: dict[Phase, list[Timeline]] = field(default_factory=lambda: defaultdict(list))


def measure_phases(
    request: Request,
    repetitions: int,
    while_up: Callable[[Request], None] | None,
    settings: Mapping[str, str] | None = None,
) -> Measurement:
    """Time every phase so many times, each time with a new stack that is gone at the end.

    Tools, cluster and images have to be there.

    Args:
        request: where; its own stack is left alone.
        repetitions: how many stacks, one after the other.
        while_up: called with the last of them before it is destroyed.
        settings: what differs from a stack without settings.

    Raises:
        Failed: a phase did; its stack is destroyed.
    """
    measurement = Measurement()
    for repetition in range(1, repetitions + 1):
        own = dataclasses.replace(request, stack=f"bench-{secrets.token_hex(2)}")
        busy = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
        say(f"Stack {own.stack}, {repetition} of {repetitions}; load before it {busy}")
        try:
            if settings:
                pulumi.configure(own.stack, settings)
            _measure_one(own, measurement, while_up if repetition == repetitions else None)
        finally:
            destroy.destroy(own)
    return measurement


def _measure_one(
    own: Request, measurement: Measurement, while_up: Callable[[Request], None] | None
) -> None:
    recorded: dict[Phase, list[Event]] = {}

    def update(phase: Phase, work: Callable[[Path], None]) -> None:
        with record() as recording:
            work(recording.path)
        recorded[phase] = recording.events

    update(UP, lambda log: pulumi.up(own, event_log=log))
    waits = dependencies(pulumi.exported(own.stack))
    began = time.monotonic()
    smoke.run_suite(own, JOURNEY)
    measurement.seconds[TUTORIAL].append(time.monotonic() - began)
    update(UNCHANGED, lambda log: pulumi.up(own, expect_no_changes=True, event_log=log))
    if while_up:
        while_up(own)
    update(DESTROY, lambda log: pulumi.destroy(own, cluster_is_gone=False, event_log=log))
    for phase, events in recorded.items():
        drawn = timeline(events, waits)
        measurement.timelines[phase].append(drawn)
        measurement.seconds[phase].append(drawn.seconds)


def table(measurement: Measurement) -> str:
    """A line per phase: minimum, median and maximum of the repetitions, and the goal."""
    lines = [f"{'seconds':<18}{'min':>8}{'median':>8}{'max':>8}{'goal':>8}"]
    for phase in PHASES:
        seconds = measurement.seconds[phase]
        median = statistics.median(seconds)
        missed = f"  missed by {median - phase.goal_s:.1f}" if median > phase.goal_s else ""
        lines.append(
            f"{phase.name:<18}{min(seconds):8.1f}{median:8.1f}{max(seconds):8.1f}"
            f"{phase.goal_s:8.0f}{missed}"
        )
    return "\n".join(lines)


def charts(measurement: Measurement, directory: Path, width: int) -> str:
    """Draw the median repetition of each update, as text and as a picture.

    Args:
        measurement: with one repetition at least.
        directory: where the pictures go, each named after its phase.
        width: columns of the text.

    Returns:
        The charts as text, each with the path of its picture.
    """
    directory.mkdir(parents=True, exist_ok=True)
    parts: list[str] = []
    for phase, timelines in measurement.timelines.items():
        ordered = sorted(timelines, key=lambda drawn: drawn.seconds)
        median = ordered[(len(ordered) - 1) // 2]
        title = f"{phase.name}: {median.seconds:.1f} s"
        picture = directory / f"{phase.name}.svg"
        picture.write_text(gantt_svg(median.spans, median.path, title), encoding="utf-8")
        chart = gantt_text(median.spans, median.path, width)
        parts.append(f"{title}, also drawn in {picture}\n\n{chart}")
    return "\n\n\n".join(parts)
