"""What a chart shows: the same selection for a terminal and for a browser."""

from __future__ import annotations

from collections.abc import Sequence

from bench.timeline.path import Step
from bench.timeline.spans import Span

SHORTEST_S = 0.05
"""A resource that took less is worth no row, unless it is critical."""


def rows(spans: Sequence[Span], path: Sequence[Step]) -> list[Span]:
    """The spans worth a row, in their order."""
    critical = {step.span for step in path}
    return [span for span in spans if span in critical or span.seconds >= SHORTEST_S]


def left_out(spans: Sequence[Span], shown: Sequence[Span]) -> str:
    """Say how many spans have no row."""
    number = len(spans) - len(shown)
    resources = "resource" if number == 1 else "resources"
    return f"without {number} {resources} under {SHORTEST_S} s" if number else ""


def ticks(length: float) -> list[int]:
    """Seconds to mark on the axis of an update of this length: at most fifteen of them."""
    distance = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if length / step < 15)
    return list(range(0, int(length) + 1, distance))
