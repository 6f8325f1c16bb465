"""Postgres is killed under load: what was acknowledged stays, and it is back soon."""

from __future__ import annotations

import time
from collections.abc import Iterator

from cluster.kubectl import get, kubectl
from drills.load import Load, answers, load, outage_s, slowest_s
from drills.row import Row
from drills.stand import Stand, deployed
from front_door.request import Request
from smoke_tests.wait import wait_until

KILLS = 20
WRITERS = 8
# Longer than what the entrypoint takes for a server that cannot start.
STEADY_S = 6
_KILL = 'kill -9 "$(head -n 1 "$PGDATA/postmaster.pid")"'


def run(request: Request) -> Iterator[Row]:
    """Kill the process twenty times, and delete the pod once."""
    with deployed(request, "kills") as stand:
        with load(stand, writers=WRITERS) as writing:
            outages = [_kill_process(stand, writing) for _ in range(KILLS)]
            restarts = _restarts(stand)
            deleted = _delete_pod(stand, writing)
        lost, calls = writing.lost(), writing.calls
    written = sum(call.status == 200 for call in calls)
    what = f"kill -9 of Postgres, {KILLS} times, then its pod deleted by force, {WRITERS} writers"
    yield Row(what, "0 acknowledged writes lost", f"{len(lost)} of {written}", not lost)
    back = f"{max(outages):.1f} s at most, {sum(outages) / KILLS:.1f} s on average"
    yield Row("kill -9 of the process", "back within 10 s", back, max(outages) <= 10)
    yield Row(
        "the container meanwhile", "never started again", f"{restarts} restarts", restarts == 0
    )
    yield Row("the pod deleted by force", "back within 30 s", f"{deleted:.1f} s", deleted <= 30)
    slowest = slowest_s(calls)
    yield Row("every call", "answered within 10 s", f"{slowest:.1f} s at most", slowest <= 10)
    seen = {call.status for call in calls}
    yield Row("every answer", "200 or 503", answers(calls), seen <= {200, 503})


def _kill_process(stand: Stand, writing: Load) -> float:
    """Kill Postgres; return how long calls failed after that, in seconds."""
    killed = time.monotonic()
    stand.namespace.execute("statefulset/postgres", ["sh", "-c", _KILL], stdin="")
    return _outage(writing, killed)


def _delete_pod(stand: Stand, writing: Load) -> float:
    """Delete Postgres' pod by force; return how long calls failed after that, in seconds."""
    deleted = time.monotonic()
    kubectl(
        stand.namespace.context,
        f"--namespace={stand.namespace.name}",
        *("delete", "pod", "postgres-0", "--force", "--grace-period=0", "--wait=false"),
    )
    return _outage(writing, deleted)


def _outage(writing: Load, since: float) -> float:
    wait_until(
        lambda: (
            any(call.status != 200 for call in writing.since(since))
            or time.monotonic() - since > STEADY_S
        ),
        timeout_s=2 * STEADY_S,
        describe="the outage is noticed, or too short for that",
    )
    writing.wait_until_steady(since, STEADY_S, timeout_s=120)
    return outage_s(writing.since(since), since)


def _restarts(stand: Stand) -> int:
    """How often Kubernetes started Postgres' container again."""
    (pod,) = get(
        stand.namespace.context, "pod", "postgres-0", f"--namespace={stand.namespace.name}"
    )
    return sum(one["restartCount"] for one in pod["status"]["containerStatuses"])
