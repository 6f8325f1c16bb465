"""A recorded `pulumi up --event-log`, and updates made up for a test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.timeline.path import Dependencies, dependencies
from bench.timeline.recording import Event, Kind, parse
from bench.timeline.spans import ENGINE, Span

_RECORDED = Path(__file__).parent / "recorded"
END_S = 25.654
CANARY = "canary"
"""Stands in the recorded log wherever it had a value of the stack."""


def recorded_lines() -> list[tuple[float, dict[str, Any]]]:
    """Lines as Pulumi 3.259 wrote them, fewer than it did, with the seconds of their arrival."""
    lines = map(json.loads, (_RECORDED / "up.jsonl").read_text().splitlines())
    return [(line["seconds"], line["event"]) for line in lines]


def recorded_events() -> list[Event]:
    parsed = [parse(line, seconds) for seconds, line in recorded_lines()]
    return [event for event in parsed if event] + [Event(seconds=END_S, kind=Kind.FINISHED)]


def recorded_dependencies() -> Dependencies:
    return dependencies(json.loads((_RECORDED / "up.state.json").read_text()))


def work(name: str, start: float, end: float, operation: str = "create") -> Span:
    """A span whose URN is its name."""
    return Span(urn=name, type="test:Work", name=name, operation=operation, start=start, end=end)


def update(*resources: Span, end: float) -> list[Span]:
    """The spans of an update, the engine's included."""

    def engine(start: float, end: float) -> Span:
        return Span(urn="", type=ENGINE, name=ENGINE, operation="", start=start, end=end)

    first = resources[0].start
    last = max(span.end for span in resources)
    return [engine(0, first), engine(first, first), *resources, engine(last, end)]


def waits(**on: Sequence[str]) -> Dependencies:
    """Dependencies by name."""
    return {name: frozenset(names) for name, names in on.items()}
