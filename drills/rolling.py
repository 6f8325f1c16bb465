"""MLflow's pods are replaced one after the other under load: nobody notices."""

from __future__ import annotations

import time
from collections.abc import Iterator

from cluster.kubectl import kubectl
from drills.load import answers, load, slowest_s
from drills.row import Row
from drills.stand import Stand, deployed
from front_door.request import Request
from smoke_tests.wait import wait_until

REQUESTS = 2000
PER_SECOND = 20
WRITERS = 8
ROLLOUT_TIMEOUT_S = 180


def run(request: Request) -> Iterator[Row]:
    """Restart two pods while requests come in, again and again until there were enough."""
    with deployed(request, "rolling", {"replicas": "2"}) as stand:
        with load(stand, writers=WRITERS, per_second=PER_SECOND) as writing:
            began, rollouts = time.monotonic(), 0
            while len(writing.calls) < REQUESTS:
                _restart(stand)
                rollouts += 1
            took = time.monotonic() - began
        lost, calls = writing.lost(), writing.calls
    failed = [call for call in calls if call.status != 200]
    rate = len(calls) / took
    what = f"{rollouts} rolling restarts of 2 pods, {len(calls)} requests, {rate:.0f} a second"
    written = len(calls) - len(failed)
    yield Row(what, "0 acknowledged writes lost", f"{len(lost)} of {written}", not lost)
    share = len(failed) / len(calls)
    figure = f"{len(failed)} ({share:.2%}); {answers(calls)}"
    yield Row("requests that failed", "at most 0.1 %", figure, share <= 0.001)
    slowest = slowest_s(calls)
    yield Row("every call", "answered within 10 s", f"{slowest:.1f} s at most", slowest <= 10)


def _restart(stand: Stand) -> None:
    """Restart the Deployment and wait until only new pods are left."""
    context, namespace = stand.namespace.context, f"--namespace={stand.namespace.name}"
    before = {pod.uid for pod in stand.namespace.pods("mlflow-server")}
    kubectl(context, namespace, "rollout", "restart", "deployment/mlflow-server")

    def replaced() -> bool:
        pods = stand.namespace.pods("mlflow-server")
        return len(pods) == len(before) and all(
            pod.uid not in before and pod.ready_at for pod in pods
        )

    wait_until(replaced, timeout_s=ROLLOUT_TIMEOUT_S, describe="both pods are new", interval_s=1)
