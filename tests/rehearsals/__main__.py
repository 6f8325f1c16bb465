"""`make rehearse`: every way, or those that WAY names, each for real, with a row for each promise.

Called once outside, it divides off a piece of this machine and calls itself again inside.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from drills import course
from drills.row import Row
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

WAYS: Mapping[str, Callable[[Mapping[str, str]], Iterator[Row]]] = {
    "docker": docker.run,
    "named": named.run,
    "external": external.run,
    "surprises": surprises.run,
}
INSIDE = "inside"


def outside() -> int:
    """Rehearse in isolation, and see that the machine is as it was."""
    chosen = course.chosen("WAY", list(WAYS))
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
    with engine.running():
        person.install()
        variables = _stand_in(node_image.ensure())
        return course.run("rehearsal", {way: partial(WAYS[way], variables) for way in chosen})


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


with told("rehearse"):
    sys.exit(inside(sys.argv[2:]) if sys.argv[1:2] == [INSIDE] else outside())
