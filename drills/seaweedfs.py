"""SeaweedFS keeps a durable stack's artifacts: judged, restarted, and asked from other pods."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from cluster.kubectl import get, kubectl
from drills.filled import Filled, fill
from drills.row import Row
from drills.stand import Stand, deployed
from front_door import smoke
from front_door.request import Request
from images.deliver import deliver
from images.destination import Destination
from smoke_tests.wait import wait_until

VALUES = {"store": "seaweedfs", "ephemeral": "false"}
_POD = "minio-0"
_BACK_S = 60
# The S3 API, where it takes keys of a larger cluster's parts, and its parts: master, volume, filer.
_PORTS = (9000, 19000, 9333, 19333, 8080, 18080, 8888, 18888)
_OPEN = {9000, 19000}
_REACHED = """
import json, socket, sys
address, *ports = sys.argv[1:]
def reached(port):
    with socket.socket() as client:
        client.settimeout(2)
        return client.connect_ex((address, int(port))) == 0
print(json.dumps([int(port) for port in ports if reached(port)]))
"""


def run(request: Request) -> Iterator[Row]:
    """Judge a stack on it, and delete its pod."""
    deliver(request.kind, Destination(store="seaweedfs"))
    with deployed(request, "seaweedfs", VALUES) as stand:
        smoke.run_suite(stand.request)
        yield Row("the smoke tests", "pass", "passed", passed=True)
        yield _reached(stand)
        yield _deleted(fill(stand))


def _reached(stand: Stand) -> Row:
    """The ports of its pod that MLflow's pod reaches."""
    [pod] = get(stand.namespace.context, "pod", _POD, f"--namespace={stand.namespace.name}")
    ports = json.loads(
        stand.namespace.execute(
            "deployment/mlflow-server",
            ["python", "-", pod["status"]["podIP"], *map(str, _PORTS)],
            stdin=_REACHED,
        )
    )
    goal = "the S3 API's at most, and the one that wants its signature"
    return Row("ports that other pods reach", goal, f"{ports}", passed=set(ports) <= _OPEN)


def _deleted(stack: Filled) -> Row:
    """Delete the pod, and compare what there is."""
    namespace = stack.stand.namespace
    [pod] = get(namespace.context, "pod", _POD, f"--namespace={namespace.name}")
    grace_s = pod["spec"]["terminationGracePeriodSeconds"]
    began = time.monotonic()
    kubectl(namespace.context, "delete", "pod", _POD, f"--namespace={namespace.name}")
    stopped_s = time.monotonic() - began
    # Its volumes come some seconds after its S3 API.
    wait_until(lambda: stack.lost() == 0, timeout_s=_BACK_S, describe="it has all that it had")
    figure = f"{stopped_s:.0f} of {grace_s} s, {time.monotonic() - began:.0f} s in all, 0 lost"
    return Row("its pod deleted", "stops in time, 0 lost", figure, stopped_s < grace_s)
