"""`make drill`: run every drill, or those that DRILL names, and print a row for each promise."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping

from drills import (
    backup,
    backup_store,
    browser,
    changes,
    doctor,
    durability,
    faults,
    judge,
    kills,
    node_restart,
    outages,
    replicas,
    rolling,
    upgrade,
)
from drills.row import Row, table
from front_door import request
from front_door.deployment import prepare
from front_door.ending import told
from front_door.phases import Phases
from front_door.request import Request
from toolchain.process import Failed, say

DRILLS: Mapping[str, Callable[[Request], Iterator[Row]]] = {
    "backup": backup.run,
    "backup_store": backup_store.run,
    "changes": changes.run,
    "durability": durability.run,
    "upgrade": upgrade.run,
    "judge": judge.run,
    "browser": browser.run,
    "faults": faults.run,
    "doctor": doctor.run,
    "kills": kills.run,
    "outages": outages.run,
    "replicas": replicas.run,
    "rolling": rolling.run,
    # The last: all stacks of the node are away for a moment.
    "node_restart": node_restart.run,
}


def main() -> int:
    """Run the drills one after the other; a failed one does not keep the next from running."""
    asked = request.from_environment()
    chosen = _chosen(os.environ.get("DRILL", ""))
    prepare(asked, Phases(3))
    rows: list[tuple[str, Row]] = []
    for name in chosen:
        say(f"\nDrill {name}")
        began = time.monotonic()
        for row in _rows(name, asked):
            rows.append((name, row))
            say(f"{row.what}: {row.figure} (goal: {row.goal}) {'ok' if row.passed else 'FAILED'}")
        say(f"Drill {name} took {time.monotonic() - began:.0f} s")
    print(table(rows))
    passed = sum(row.passed for _, row in rows)
    print(f"\n{passed} of {len(rows)} passed")
    return 0 if passed == len(rows) else 1


def _rows(name: str, asked: Request) -> Iterator[Row]:
    """The rows of a drill; its failure is the last of them."""
    try:
        yield from DRILLS[name](asked)
    except (Failed, TimeoutError) as failure:
        say(str(failure))
        yield Row("the drill itself", "runs to its end", str(failure).splitlines()[0], passed=False)


def _chosen(names: str) -> list[str]:
    chosen = [name for name in names.split(",") if name] or list(DRILLS)
    unknown = [name for name in chosen if name not in DRILLS]
    if unknown:
        raise Failed("drills that there are", f"DRILL={names}", f"choose from {', '.join(DRILLS)}")
    return chosen


with told("drill"):
    sys.exit(main())
