"""`make bench`: time N stacks, measure the last of them, show where the seconds went.

With COMPARE=secured or monitored instead: N stacks of each kind, beside each other. With
COMPARE=serving: a served model beside MLflow's own server. With COMPARE=stock: MLflow as it is here
beside MLflow as its documentation starts it.
"""

import os
import shutil
from functools import partial

from bench import compare, serving, stock
from bench.costs_of import print_costs
from bench.phases import charts, measure_phases, table
from front_door import request
from front_door.deployment import prepare
from front_door.ending import told
from front_door.phases import Phases
from toolchain.paths import cache_directory
from toolchain.process import Failed

COMPARISONS = {
    "secured": partial(compare.compare, compare.SECURED),
    "monitored": partial(compare.compare, compare.MONITORED),
    "serving": serving.compare,
    "stock": stock.compare,
}


def main() -> None:
    """Prepare what a stack needs, measure, print the table and the charts."""
    asked, repetitions = request.from_environment(), int(os.environ.get("N") or 3)
    compared = os.environ.get("COMPARE")
    if compared and compared not in COMPARISONS:
        raise Failed(
            f"COMPARE, one of {', '.join(COMPARISONS)}",
            f"COMPARE={compared}",
            "COMPARE=secured",
        )
    prepare(asked, Phases(3))
    if compared:
        print(COMPARISONS[compared](asked, repetitions))
        return
    measured = measure_phases(asked, repetitions, print_costs)
    width = max(shutil.get_terminal_size().columns, 80)
    print(table(measured), charts(measured, cache_directory() / "bench", width), sep="\n\n")


with told("bench"):
    main()
