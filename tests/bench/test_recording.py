"""Listening to Pulumi's engine."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import pytest

from bench.timeline.recording import Kind, Recording, parse, record
from tests.bench.timelines import CANARY, recorded_lines

PATIENCE_S = 5


def wait_for_events(recording: Recording, number: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while len(recording.events) < number:
        assert time.monotonic() < deadline, f"{len(recording.events)} of {number} events came"


def test_a_line_is_timed_when_it_comes() -> None:
    lines = [line for _, line in recorded_lines() if "resourcePreEvent" in line]
    with record() as recording:
        began = time.monotonic()
        with recording.path.open("w") as log:
            print(json.dumps(lines[0]), file=log, flush=True)
            wait_for_events(recording, 1)
            between_s = time.monotonic() - began
            print(json.dumps(lines[1]), file=log, flush=True)
            wait_for_events(recording, 2)
    first, second, end = (event.seconds for event in recording.events)
    assert 0 <= first <= between_s + 0.1
    assert first < second < end
    assert second > between_s


def test_everything_that_was_written_is_heard() -> None:
    with record() as recording, recording.path.open("w") as log:
        for _, line in recorded_lines():
            print(json.dumps(line), file=log)
    kinds = [event.kind for event in recording.events]
    assert kinds[0] is Kind.READY
    assert kinds[-1] is Kind.FINISHED
    assert kinds.count(Kind.BEGAN) == kinds.count(Kind.ENDED) == 20


def test_a_pulumi_that_never_spoke_is_not_waited_for() -> None:
    with record() as recording:
        pass
    assert [event.kind for event in recording.events] == [Kind.FINISHED]


def test_no_value_is_kept() -> None:
    assert CANARY in json.dumps(recorded_lines())
    with record() as recording, recording.path.open("w") as log:
        for _, line in recorded_lines():
            print(json.dumps(line), file=log)
    assert CANARY not in repr(recording)


def test_what_a_program_logs_about_a_resource_is_not_kept() -> None:
    logged = {"urn": "urn", "message": CANARY}
    assert parse({"diagnosticEvent": logged}, 1) is None
    assert parse({"diagnosticEvent": logged | {"ephemeral": True}}, 1) is not None


def test_the_log_is_never_on_the_disk() -> None:
    with record() as recording:
        mode = recording.path.stat().st_mode
        assert stat.S_ISFIFO(mode)
        assert stat.S_IMODE(mode) == 0o600
    assert not recording.path.exists()


def test_a_failure_inside_is_passed_on_and_the_log_removed() -> None:
    kept: list[Path] = []

    def fail() -> None:
        with record() as recording:
            kept.append(recording.path)
            raise RuntimeError("pulumi failed")

    with pytest.raises(RuntimeError, match="pulumi failed"):
        fail()
    assert not kept[0].exists()
