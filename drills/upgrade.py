"""MLflow 3.14, filled with data, becomes the pinned one: refused, failed, and then for real."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from drills import old_mlflow
from drills.content import Content, differences, snapshot
from drills.row import Row
from drills.stand import Stand, deployed
from drills.unexposed import INGRESS_CLASS, hidden, reached
from front_door.request import Request
from images.names import image_names
from smoke_tests.database import query
from toolchain.process import Failed

SIZE = "medium"
IN_THE_WAY = "sql_span_cost_daily_rollups"
"""A table that one of the steps from 3.14 on makes: there already, it makes the step fail."""
SETTINGS = {
    "ephemeral": "false",
    # The plugin of `proxied` is for today's MLflow; both keep artifacts in the same place.
    "artifacts": "presigned",
    # Its own command does not know the probe that needs no password.
    "auth": "false",
    # MLflow before 3.15 has holes (CVE-2026-64849 is exploited) that no ingress may lead to.
    "ingressClass": INGRESS_CLASS,
}


def run(request: Request) -> Iterator[Row]:
    """Upgrade a durable stack of MLflow 3.14 that holds the medium seed.

    Raises:
        Failed: the old stack could not be made, or the new one not deployed.
    """
    old, new = old_mlflow.deliver(request.kind), image_names()["mlflow"]
    settings = {**SETTINGS, "mlflowImage": old}
    with hidden(request), deployed(request, "upgrade", settings) as stand:
        with reached(stand) as open_stand:
            open_stand.seed(SIZE)
        before = _content(stand)

        running = _running(stand)
        refused = not _goes_up(stand, new)
        untouched = _running(stand) == running
        yield Row(
            "upgrade of a durable stack without a backup",
            "refused, nothing touched",
            f"{'refused' if refused else 'done'}, pods {'the same' if untouched else 'others'}",
            refused and untouched,
        )

        os.environ["WITHOUT_BACKUP"] = "yes"
        try:
            yield from _upgraded(stand, old, new, before)
        finally:
            del os.environ["WITHOUT_BACKUP"]


def _upgraded(stand: Stand, old: str, new: str, before: Content) -> Iterator[Row]:
    query(stand.namespace, f"create table {IN_THE_WAY} (anything int)")
    failed = not _goes_up(stand, new)
    stopped = not stand.namespace.pods("mlflow-server")
    yield Row(
        "a migration that fails",
        "ends the upgrade, no server runs",
        f"{'failed' if failed else 'went through'}, "
        f"{len(stand.namespace.pods('mlflow-server'))} pods",
        failed and stopped,
    )
    query(stand.namespace, f"drop table {IN_THE_WAY}")

    began = time.monotonic()
    stand.up({"mlflowImage": old})
    seconds = time.monotonic() - began
    lost = differences(before, _content(stand, before))
    yield Row(
        "back to 3.14 after the failure",
        "runs, 0 differences",
        f"{seconds:.0f} s, {len(lost)} differences",
        not lost,
    )

    began = time.monotonic()
    stand.up({"mlflowImage": new})
    seconds = time.monotonic() - began
    lost = differences(before, _content(stand, before))
    rows = sum(count for count, _ in before.tables.values())
    yield Row(
        f"3.14 to the pinned MLflow, {rows} rows, {len(before.objects)} objects",
        "0 differences",
        f"{seconds:.0f} s, {len(lost)} differences{_first(lost)}",
        not lost,
    )

    refused = not _goes_up(stand, old)
    yield Row("an older MLflow afterwards", "refused", "refused" if refused else "done", refused)


def _goes_up(stand: Stand, image: str) -> bool:
    try:
        stand.up({"mlflowImage": image})
    except Failed:
        return False
    return True


def _running(stand: Stand) -> list[str]:
    return [pod.uid for pod in stand.namespace.pods("mlflow-server")]


def _content(stand: Stand, like: Content | None = None) -> Content:
    with reached(stand) as open_stand:
        return snapshot(open_stand, like)


def _first(lost: list[str]) -> str:
    return f": {lost[0]}" if lost else ""
