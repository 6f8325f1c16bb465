"""How long each resource was worked on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.timeline.recording import Event, Kind

ENGINE = "engine"
"""Type of the spans in which Pulumi works on no resource."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """The work on one resource, the provider's wait until it is ready included.

    Attributes:
        urn: the resource; empty for the engine.
        type: such as `kubernetes:apps/v1:Deployment`, or `ENGINE`.
        name: name of the resource in the program.
        operation: create, update, same, delete, refresh, ...
        start: seconds since the start of the update.
        end: likewise.
        status: what the provider said meanwhile, with the seconds since the start of the update.
    """

    urn: str
    type: str
    name: str
    operation: str
    start: float
    end: float
    status: tuple[tuple[float, str], ...] = ()

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start

    @property
    def label(self) -> str:
        """What to call it: in most updates, everything is made or everything is deleted."""
        plain = self.operation in ("", "create", "delete")
        return self.name if plain else f"{self.name}: {self.operation}"


def spans(events: Sequence[Event]) -> list[Span]:
    """Pair the events of a recorded update.

    Components are left out: nothing is done for them. The time in which no resource had begun, and
    that in which all had ended, is the engine's: before the first resource it reads the state and
    finds its plugins, then starts the program and the first provider; at the end it stops them.

    Args:
        events: of one update that succeeded, from the call of Pulumi to its end.

    Returns:
        Spans in the order of their start; the first two and the last are the engine's.

    Raises:
        ValueError: no resource is in it.
    """
    resources: list[Span] = []
    begun: dict[tuple[str, str], float] = {}
    for event in events:
        step = (event.urn, event.operation)
        if event.is_component:
            continue
        if event.kind is Kind.BEGAN:
            begun[step] = event.seconds
        elif event.kind is Kind.ENDED and step in begun:
            resources.append(_span(events, event, begun.pop(step)))
    if not resources:
        raise ValueError(f"none of {len(events)} events is the end of work on a resource")
    resources.sort(key=lambda span: (span.start, span.end, span.urn))
    ready = next(event.seconds for event in events if event.kind is Kind.READY)
    last = max(span.end for span in resources)
    return [
        _engine("start of Pulumi", 0, ready),
        _engine("until the first resource", ready, resources[0].start),
        *resources,
        _engine("end of Pulumi", last, events[-1].seconds),
    ]


def _span(events: Sequence[Event], ended: Event, start: float) -> Span:
    *_, type_chain, name = ended.urn.split("::", 3)
    return Span(
        urn=ended.urn,
        type=type_chain.rpartition("$")[2],  # what is before are the types of its parents
        name=name,
        operation=ended.operation,
        start=start,
        end=ended.seconds,
        status=tuple(
            (event.seconds, event.message)
            for event in events
            if event.kind is Kind.STATUS
            and event.urn == ended.urn
            and start <= event.seconds <= ended.seconds
        ),
    )


def _engine(name: str, start: float, end: float) -> Span:
    return Span(urn="", type=ENGINE, name=name, operation="", start=start, end=end)
