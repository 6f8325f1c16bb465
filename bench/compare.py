"""`make bench COMPARE=secured` (or `monitored`): stacks of different kinds beside each other."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping

from bench.costs_of import costs
from bench.phases import PHASES, Phase, measure_phases
from bench.table import Figure, side_by_side
from front_door.request import Request
from images.deliver import deliver
from images.destination import Destination

Kinds = Mapping[str, Mapping[str, str]]
SECURED: Kinds = {
    "open": {"auth": "false", "tls": "off"},
    "secured": {"auth": "true", "tls": "own"},
}
MONITORED: Kinds = {way: {"monitoring": way} for way in ("off", "scrape", "builtin")}


def compare(kinds: Kinds, request: Request, repetitions: int) -> str:
    """Measure all kinds in turn, so that what else the machine does meets each.

    Args:
        kinds: their settings, by their names.
        request: where; its own stack is left alone.
        repetitions: how many stacks of each kind. Rates are those of the last of each.

    Returns:
        A table: a line per phase and figure, a column per kind, and each other over the first.
    """
    if kinds is MONITORED:
        deliver(request.kind, Destination(monitored=True))
    seconds: dict[tuple[str, Phase], list[float]] = defaultdict(list)
    figures: dict[str, list[Figure]] = {}
    for repetition in range(1, repetitions + 1):
        for kind, settings in kinds.items():

            def note(stack: Request, kind: str = kind) -> None:
                figures[kind] = costs(stack)

            last = repetition == repetitions
            measured = measure_phases(request, 1, note if last else None, settings)
            for phase in PHASES:
                seconds[kind, phase] += measured.seconds[phase]
    rows = [
        (phase.name, "s", [statistics.median(seconds[kind, phase]) for kind in kinds])
        for phase in PHASES
    ]
    of_all = zip(*(figures[kind] for kind in kinds), strict=True)
    rows += [(same[0].what, same[0].unit, [figure.value for figure in same]) for same in of_all]
    return side_by_side(list(kinds), rows)
