"""A part of the stack is away for a minute: a training goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from drills.row import Row
from drills.stand import Stand, deployed
from drills.trainee import train_through
from front_door.request import Request

OUTAGE_S = 60
PARTS = {
    "Postgres": "statefulset/postgres",
    "MinIO": "statefulset/minio",
    "MLflow": "deployment/mlflow-server",
}


def run(request: Request) -> Iterator[Row]:
    """Take each part away in turn, while a client trains."""
    with deployed(request, "outages", {"ephemeral": "false"}) as stand:
        for name, workload in PARTS.items():
            yield from train_through(
                stand,
                f"{OUTAGE_S} s without {name}",
                lambda workload=workload: _outage(stand, workload),
            )


def _outage(stand: Stand, workload: str) -> None:
    stand.namespace.scale(workload, 0)
    threading.Event().wait(OUTAGE_S)
    stand.namespace.scale(workload, 1)
