"""Every query of the Grafana dashboard, asked of a live stack: none comes back empty."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from drills.load import load
from drills.row import Row
from drills.stand import Stand, deployed
from drills.versions import SETTING, Versions
from front_door.request import Request
from images.deliver import deliver
from images.destination import Destination
from smoke_tests.client import http_session, model_session
from smoke_tests.wait import wait_until
from toolchain.paths import ROOT

DASHBOARD = ROOT / "dashboards/mlplatform.json"
VALUES = {
    "monitoring": "builtin",
    "ephemeral": "false",
    "backupSchedule": "0 3 * * *",
    "models": f"[{SETTING}]",
}
RATE_INTERVAL = "1m"
"""What Grafana makes of its variable where a target is read every 15 s."""
# A rate is there once a target was read twice with something to tell.
_TOLD_WITHIN_S = 150


def run(request: Request) -> Iterator[Row]:
    """Use a stack with everything on, and ask what the dashboard asks."""
    deliver(request.kind, Destination(monitored=True))
    with deployed(request, "dashboard", VALUES) as stand, stand.client():
        versions = Versions(stand)
        versions.promote(versions.register("healthy"))
        with load(stand, writers=2, per_second=5):
            for title, query in queries(stand.request.namespace):
                yield _asked(stand, title, query)


def queries(namespace: str) -> Iterator[tuple[str, str]]:
    """Return the title of each panel with each of its queries, as Grafana would ask it.

    Args:
        namespace: the stack's.
    """
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            query = target["expr"].replace("$namespace", namespace)
            yield panel["title"], query.replace("$__rate_interval", RATE_INTERVAL)


def _asked(stand: Stand, title: str, query: str) -> Row:
    settings = stand.settings
    session, [model] = http_session(settings), settings.models
    question = {"dataframe_split": {"columns": ["number"], "data": [[1]]}}

    def told() -> list[Any]:
        # What the dashboard shows of a model is what it was asked.
        asked = model_session(settings, model)
        asked.post(f"{model.url}/invocations", json=question, timeout=30).raise_for_status()
        address = f"{settings.prometheus_url}/api/v1/query"
        answer = session.get(address, params={"query": query}, timeout=30)
        answer.raise_for_status()
        found = answer.json()["data"]["result"]
        return [one["value"][1] for one in found if one["value"][1] != "NaN"]

    values = wait_until(told, timeout_s=_TOLD_WITHIN_S, describe=f"{title} is told: {query}")
    return Row(f"{title}: {query}", "a value", ", ".join(values), bool(values))
