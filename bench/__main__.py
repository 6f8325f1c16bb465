"""`make bench`: time N stacks, measure the last of them, show where the seconds went."""

import os
import shutil

from bench.phases import charts, measure_phases, table
from front_door import request, smoke
from front_door.deployment import prepare
from front_door.ending import told
from front_door.phases import Phases
from front_door.request import Request
from toolchain.paths import ROOT, cache_directory
from toolchain.process import show

COSTS_TIMEOUT_S = 900


def main() -> None:
    """Prepare what a stack needs, measure, print the table and the charts."""
    asked = request.from_environment()
    prepare(asked, Phases(3))
    measured = measure_phases(asked, int(os.environ.get("N") or 3), _measure_costs)
    width = max(shutil.get_terminal_size().columns, 80)
    print(table(measured), charts(measured, cache_directory() / "bench", width), sep="\n\n")


def _measure_costs(stack: Request) -> None:
    """In a process of its own: MLflow reads the client's environment when it is imported."""
    command = ["python", "-m", "bench.costs"]
    show(command, timeout=COSTS_TIMEOUT_S, env=smoke.environment(stack), cwd=ROOT)


with told("bench"):
    main()
