"""MLflow's pods follow the work, within their bounds, and Pulumi leaves them to the autoscaler."""

from __future__ import annotations

import time
from collections.abc import Iterator

from cluster.kubectl import get, kubectl
from drills.load import load
from drills.metrics import measured
from drills.row import Row
from drills.stand import Stand, deployed
from drills.unchanged import unchanged
from front_door.request import Request
from smoke_tests.wait import wait_until

FEWEST, MOST = 1, 3
_SCALES_S = 240
_APP = "mlflow-server"
# The controller waits five minutes before it takes a pod away: here, to see it, not at all.
_AT_ONCE = '{"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}}}'


def run(request: Request) -> Iterator[Row]:
    """Work for more pods than there may be, then none."""
    values = {"replicas": str(FEWEST), "maxReplicas": str(MOST), "scaleAtCpu": "100m"}
    with measured(request), deployed(request, "scaling", values) as stand:
        with load(stand, writers=4) as work:
            yield _reaches(stand, MOST, "as much work as they can do")
            yield unchanged(stand)
            calls = list(work.calls)
        lost, refused = len(work.lost()), sum(call.status != 200 for call in calls)
        yield Row(
            "writes meanwhile",
            "0 failed, 0 lost",
            f"{len(calls)}, {refused} failed, {lost} lost",
            passed=not (refused or lost),
        )
        place = f"--namespace={stand.namespace.name}"
        kubectl(request.context_name, "patch", "hpa", _APP, place, "--patch", _AT_ONCE)
        yield _reaches(stand, FEWEST, "no work")
        yield unchanged(stand)


def _reaches(stand: Stand, wanted: int, why: str) -> Row:
    """Wait until the autoscaler has come to its bound, and see that it stays there."""
    began = time.monotonic()
    seen: set[int] = set()

    def there() -> bool:
        [deployment] = get(
            stand.namespace.context, "deployment", _APP, f"--namespace={stand.namespace.name}"
        )
        seen.add(deployment["spec"]["replicas"])
        return (
            deployment["status"].get("readyReplicas") == wanted == len(stand.namespace.pods(_APP))
        )

    wait_until(there, timeout_s=_SCALES_S, describe=f"there are {wanted} pods")
    figure = f"{wanted} after {time.monotonic() - began:.0f} s, {max(seen)} at most"
    return Row(why, f"{wanted} pods, never more than {MOST}", figure, max(seen) <= MOST)
