"""`make drill`: run every drill, or those that DRILL names, and print a row for each promise."""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from drills import (
    alerts,
    backup,
    backup_store,
    browser,
    canary,
    certificates,
    changes,
    course,
    dashboard,
    doctor,
    durability,
    faults,
    judge,
    kills,
    node_restart,
    outages,
    overload,
    policy,
    replicas,
    rolling,
    rotation,
    scaling,
    seaweedfs,
    serving,
    upgrade,
)
from drills.row import Row
from front_door import request
from front_door.deployment import prepare
from front_door.ending import told
from front_door.phases import Phases
from front_door.request import Request

DRILLS: Mapping[str, Callable[[Request], Iterator[Row]]] = {
    "backup": backup.run,
    "backup_store": backup_store.run,
    "alerts": alerts.run,
    "changes": changes.run,
    "durability": durability.run,
    "upgrade": upgrade.run,
    "judge": judge.run,
    "browser": browser.run,
    "canary": canary.run,
    "rotation": rotation.run,
    "policy": policy.run,
    "certificates": certificates.run,
    "faults": faults.run,
    "dashboard": dashboard.run,
    "doctor": doctor.run,
    "kills": kills.run,
    "outages": outages.run,
    "overload": overload.run,
    "replicas": replicas.run,
    "rolling": rolling.run,
    "scaling": scaling.run,
    "seaweedfs": seaweedfs.run,
    "serving": serving.run,
    # The last: all stacks of the node are away for a moment.
    "node_restart": node_restart.run,
}


def main() -> int:
    """Run the drills that are asked for."""
    asked = request.from_environment()
    chosen = course.chosen("DRILL", list(DRILLS))
    prepare(asked, Phases(3))
    return course.run("drill", {name: partial(DRILLS[name], asked) for name in chosen})


with told("drill"):
    sys.exit(main())
