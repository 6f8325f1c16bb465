"""Every query of the Grafana dashboard, asked of a live stack: none comes back empty."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from drills.load import load
from drills.row import Row
from drills.stand import Stand, deployed
from drills.versions import SETTING, Versions
from front_door.request import Request
from images.deliver import deliver
from images.destination import Destination
from smoke_tests.client import http_session, model_session
from smoke_tests.settings import Settings
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
    with in_use(request) as stand:
        for title, query in queries(stand.request.namespace):
            yield _asked(stand, title, query)


@contextmanager
def in_use(request: Request) -> Iterator[Stand]:
    """Deploy a stack with everything on, and write to it until the block ends."""
    deliver(request.kind, Destination(monitored=True))
    with deployed(request, "dashboard", VALUES) as stand, stand.client():
        versions = Versions(stand)
        versions.promote(versions.register("healthy"))
        with load(stand, writers=2, per_second=5):
            yield stand


def queries(namespace: str) -> Iterator[tuple[str, str]]:
    """Return the title of each panel with each of its queries, as Grafana would ask it.

    Args:
        namespace: the stack's.
    """
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], as_asked(target["expr"], namespace)


def panels() -> Sequence[Mapping[str, Any]]:
    """Return the panels as Grafana reads them."""
    return json.loads(DASHBOARD.read_text())["panels"]


def as_asked(expression: str, namespace: str) -> str:
    """Fill in Grafana's variables."""
    query = expression.replace("$namespace", namespace)
    return query.replace("$__rate_interval", RATE_INTERVAL)


def ask_the_model(settings: Settings) -> None:
    """Ask for a prediction: what the dashboard shows of a model is what it was asked."""
    [model] = settings.models
    question = {"dataframe_split": {"columns": ["number"], "data": [[1]]}}
    session = model_session(settings, model)
    session.post(f"{model.url}/invocations", json=question, timeout=30).raise_for_status()


def _asked(stand: Stand, title: str, query: str) -> Row:
    settings = stand.settings
    session = http_session(settings)

    def told() -> list[Any]:
        ask_the_model(settings)
        address = f"{settings.prometheus_url}/api/v1/query"
        answer = session.get(address, params={"query": query}, timeout=30)
        answer.raise_for_status()
        found = answer.json()["data"]["result"]
        return [one["value"][1] for one in found if one["value"][1] != "NaN"]

    values = wait_until(told, timeout_s=_TOLD_WITHIN_S, describe=f"{title} is told: {query}")
    return Row(f"{title}: {query}", "a value", ", ".join(values), bool(values))
