"""Several pods of MLflow start together on an empty database."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from backup import migration
from cluster.kubectl import get
from drills.row import Row
from drills.stand import Stand, deployed
from front_door.request import Request
from smoke_tests.answers import wait_for_answer
from smoke_tests.network import resolve
from smoke_tests.wait import wait_until

STARTS = {2: 10, 3: 10}
START_TIMEOUT_S = 120
_APP = "mlflow-server"
_DEPLOYMENT = f"deployment/{_APP}"
# Its owner may not drop it while somebody is connected; the superuser comes by the socket.
_EMPTY = """
DROP DATABASE :"database" WITH (FORCE);
CREATE DATABASE :"database" OWNER :"owner";
"""
_PSQL = """
exec psql -U postgres -d postgres -v ON_ERROR_STOP=1 \
  -v database="$POSTGRES_DB" -v owner="$POSTGRES_USER"
"""
_numbers = itertools.count(1)


def run(request: Request) -> Iterator[Row]:
    """Start two and three pods beside the migration of an empty database, ten times each."""
    with deployed(request, "replicas", {"replicas": "2"}) as stand:
        for replicas, starts in STARTS.items():
            results = [_start(stand, replicas) for _ in range(starts)]
            seconds = [taken for taken, _ in results]
            restarts = sum(restarted for _, restarted in results)
            yield Row(
                f"{replicas} pods from an empty database",
                f"{starts} of {starts} starts, 0 restarts",
                f"{len(seconds)} of {starts}, {restarts} restarts, {max(seconds):.0f} s at most",
                restarts == 0,
            )


def _start(stand: Stand, replicas: int) -> tuple[float, int]:
    """Start MLflow as the stack does, with nothing in the database.

    Returns:
        Seconds until every pod was ready, and how often one of them was started again.

    Raises:
        TimeoutError: they were not ready in time.
    """
    namespace, settings = stand.namespace, stand.settings
    namespace.scale(_DEPLOYMENT, 0)
    wait_until(lambda: not namespace.pods(_APP), timeout_s=60, describe="no pod of MLflow is left")
    namespace.execute("statefulset/postgres", ["sh", "-c", _PSQL], stdin=_EMPTY)
    began = time.monotonic()
    migration.start(namespace, f"migration-again-{next(_numbers)}")
    namespace.scale(_DEPLOYMENT, replicas)

    def all_ready() -> bool:
        pods = namespace.pods(_APP)
        return len(pods) == replicas and all(pod.ready_at for pod in pods)

    wait_until(all_ready, timeout_s=START_TIMEOUT_S, describe=f"{replicas} pods are ready")
    seconds = time.monotonic() - began
    with resolve(settings.hosts, settings.ingress_address):
        wait_for_answer(settings)
    found = get(namespace.context, "pods", f"--namespace={namespace.name}")
    restarts = sum(
        status["restartCount"] for pod in found for status in pod["status"]["containerStatuses"]
    )
    return seconds, restarts
