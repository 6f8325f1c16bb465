"""One recorded update, ready to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.timeline.path import Dependencies, Step, critical_path
from bench.timeline.recording import Event
from bench.timeline.spans import Span, spans


@dataclass(frozen=True)
class Timeline:
    """What `gantt_text` and `gantt_svg` draw.

    Attributes:
        spans: what was worked on, and when.
        path: which of it the end of the update waited for.
    """

    spans: list[Span]
    path: list[Step]

    @property
    def seconds(self) -> float:
        """How long the update took."""
        return self.spans[-1].end


def timeline(events: Sequence[Event], dependencies: Dependencies) -> Timeline:
    """Read a recorded update.

    Args:
        events: of an update that succeeded.
        dependencies: who waited for whom.

    Raises:
        ValueError: the update did nothing.
    """
    found = spans(events)
    return Timeline(found, critical_path(found, dependencies))
