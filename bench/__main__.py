"""`make bench`: time N stacks, measure the last of them, show where the seconds went.

With COMPARE=secured instead: N stacks of each of two kinds, beside each other.
"""

import os
import shutil

from bench.compare import compare
from bench.phases import charts, measure_phases, table
from front_door import request, smoke
from front_door.deployment import prepare
from front_door.ending import told
from front_door.phases import Phases
from front_door.request import Request
from toolchain.paths import ROOT, cache_directory
from toolchain.process import Failed, show

COSTS_TIMEOUT_S = 900


def main() -> None:
    """Prepare what a stack needs, measure, print the table and the charts."""
    asked, repetitions = request.from_environment(), int(os.environ.get("N") or 3)
    compared = os.environ.get("COMPARE")
    if compared not in (None, "", "secured"):
        raise Failed("a comparison that there is", f"COMPARE={compared}", "COMPARE=secured")
    prepare(asked, Phases(3))
    if compared:
        print(compare(asked, repetitions))
        return
    measured = measure_phases(asked, repetitions, _measure_costs)
    width = max(shutil.get_terminal_size().columns, 80)
    print(table(measured), charts(measured, cache_directory() / "bench", width), sep="\n\n")


def _measure_costs(stack: Request) -> None:
    """In a process of its own: MLflow reads the client's environment when it is imported."""
    command = ["python", "-m", "bench.costs"]
    show(command, timeout=COSTS_TIMEOUT_S, env=smoke.environment(stack), cwd=ROOT)


with told("bench"):
    main()
