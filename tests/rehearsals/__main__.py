"""`make rehearse`: every way, or those that WAY names, each for real, with a row for each promise.

Called once outside, it divides off a piece of this machine and calls itself again inside.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping

from drills.row import Row, table
from front_door.ending import told
from tests.rehearsals import (
    docker,
    engine,
    external,
    isolation,
    named,
    node_image,
    person,
    surprises,
)
from tests.rehearsals.machine import differences, look
from toolchain.process import Failed, say

WAYS: Mapping[str, Callable[[Mapping[str, str]], Iterator[Row]]] = {
    "docker": docker.run,
    "named": named.run,
    "external": external.run,
    "surprises": surprises.run,
}
INSIDE = "inside"


def outside() -> int:
    """Rehearse in isolation, and see that the machine is as it was."""
    chosen = _chosen(os.environ.get("WAY", ""))
    # CI ends a cancelled job with SIGTERM.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with isolation.alone():
        before = look()
        code = isolation.call([sys.executable, "-m", "tests.rehearsals", INSIDE, *chosen])
        found = differences(before, look())
    print("The machine is as it was." if not found else "\n".join(["Left behind:", *found]))
    return code or bool(found)


def inside(chosen: list[str]) -> int:
    """Rehearse one way after the other; a failed one does not keep the next from running."""
    isolation.settle()
    os.environ["PATH"] = os.pathsep.join([engine.path(), os.environ["PATH"]])
    rows: list[tuple[str, Row]] = []
    with engine.running():
        person.install()
        variables = _stand_in(node_image.ensure())
        for way in chosen:
            say(f"\nRehearsal {way}")
            began = time.monotonic()
            for row in _rows(way, variables):
                rows.append((way, row))
                say(f"{row.what}: {row.figure} (goal: {row.goal}) {_verdict(row)}")
            say(f"Rehearsal {way} took {time.monotonic() - began:.0f} s")
    print(table(rows, "WAY"))
    passed = sum(row.passed for _, row in rows)
    print(f"\n{passed} of {len(rows)} passed")
    return 0 if passed == len(rows) else 1


def _stand_in(node: str) -> dict[str, str]:
    """What makes Minikube take the node image, and pull nothing."""
    return {
        "MINIKUBE_BASE_IMAGE": node,
        "MINIKUBE_PRELOAD": "false",
        "MINIKUBE_CACHE_IMAGES": "false",
        # Docker in the node needs cri-dockerd, which no package registry has.
        "MINIKUBE_CONTAINER_RUNTIME": "containerd",
        # The image of the usual one, kindnet, cannot be had; the node image has its own.
        "MINIKUBE_CNI": "false",
    }


def _rows(way: str, variables: dict[str, str]) -> Iterator[Row]:
    """The rows of a way; its failure is the last of them."""
    try:
        yield from WAYS[way](variables)
    except Exception as failure:
        say("".join(traceback.format_exception(failure)))
        yield Row("the rehearsal", "runs to its end", str(failure).splitlines()[0], passed=False)


def _verdict(row: Row) -> str:
    return "ok" if row.passed else "FAILED"


def _chosen(names: str) -> list[str]:
    chosen = [name for name in names.split(",") if name] or list(WAYS)
    unknown = [name for name in chosen if name not in WAYS]
    if unknown:
        raise Failed("ways that there are", f"WAY={names}", f"choose from {', '.join(WAYS)}")
    return chosen


with told("rehearse"):
    sys.exit(inside(sys.argv[2:]) if sys.argv[1:2] == [INSIDE] else outside())
