"""The smoke tests of a durable stack leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

from drills.content import differences, snapshot
from drills.row import Row
from drills.stand import Stand, deployed
from front_door import smoke
from front_door.request import Request
from toolchain.process import say

PARTS = ("postgres", "minio", "mlflow-server")


def run(request: Request) -> Iterator[Row]:
    """Judge a filled durable stack, and compare rows, objects and pods before and after."""
    with deployed(request, "judge", {"ephemeral": "false"}) as stand:
        stand.seed("small")
        content, pods = snapshot(stand), _pods(stand)
        smoke.run_suite(stand.request)
        found = differences(content, snapshot(stand, like=content))
        say("\n".join(found))
        yield Row(
            "smoke tests of a filled durable stack",
            "0 rows or objects differ afterwards",
            f"{len(found)} tables or objects differ",
            passed=not found,
        )
        replaced = len(pods - _pods(stand))
        yield Row(
            "the same, looking at its pods",
            "0 pods replaced",
            f"{replaced} of {len(pods)} replaced",
            passed=replaced == 0,
        )


def _pods(stand: Stand) -> set[str]:
    return {pod.uid for part in PARTS for pod in stand.namespace.pods(part)}
