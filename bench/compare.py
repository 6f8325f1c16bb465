"""`make bench COMPARE=secured`: stacks with passwords and TLS beside stacks with neither."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Mapping

from bench.phases import PHASES, Phase, measure_phases
from bench.table import Figure
from front_door import smoke
from front_door.request import Request
from toolchain.paths import ROOT
from toolchain.process import run

COSTS_TIMEOUT_S = 900
KINDS: Mapping[str, Mapping[str, str]] = {
    "open": {"auth": "false", "tls": "off"},
    "secured": {"auth": "true", "tls": "own"},
}


def compare(request: Request, repetitions: int) -> str:
    """Measure both kinds in turn, so that what else the machine does meets both.

    Args:
        request: where; its own stack is left alone.
        repetitions: how many stacks of each kind. Rates are those of the last of each.

    Returns:
        A table: a line per phase and figure, a column per kind, and the second over the first.
    """
    seconds: dict[tuple[str, Phase], list[float]] = defaultdict(list)
    figures: dict[str, list[Figure]] = {}
    for repetition in range(1, repetitions + 1):
        for kind, settings in KINDS.items():

            def note(stack: Request, kind: str = kind) -> None:
                figures[kind] = _costs(stack)

            last = repetition == repetitions
            measured = measure_phases(request, 1, note if last else None, settings)
            for phase in PHASES:
                seconds[kind, phase] += measured.seconds[phase]
    rows = [
        (phase.name, "s", [statistics.median(seconds[kind, phase]) for kind in KINDS])
        for phase in PHASES
    ]
    of_both = zip(*(figures[kind] for kind in KINDS), strict=True)
    rows += [(pair[0].what, pair[0].unit, [figure.value for figure in pair]) for pair in of_both]
    return _table(rows)


def _costs(stack: Request) -> list[Figure]:
    """In a process of its own: MLflow reads the client's environment when it is imported."""
    command = ["python", "-m", "bench.costs", "--json"]
    printed = run(command, timeout=COSTS_TIMEOUT_S, env=smoke.environment(stack), cwd=ROOT)
    return [Figure(**figure) for figure in json.loads(printed)]


def _table(rows: list[tuple[str, str, list[float]]]) -> str:
    width = max(len(what) for what, _, _ in rows)
    lines = [f"{'':<{width}}" + "".join(f"{kind:>10}" for kind in KINDS) + f"{'change':>10}"]
    for what, unit, (first, second) in rows:
        change = f"{(second / first - 1) * 100:+.0f} %"
        lines.append(f"{what:<{width}}{first:10.1f}{second:10.1f}{change:>10}  {unit}")
    return "\n".join(lines)
