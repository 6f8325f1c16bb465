"""What MLflow's server counts, in the format of Prometheus, on a port of its own.

That port has neither MLflow's passwords nor its check of hosts; `/metrics` of MLflow itself stays
closed. One process serves, so what it counts is all there is to count.
"""

import re
import time
from collections.abc import Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ARTIFACTS = "artifacts"
_FAMILIES = {
    "experiments": "experiments",
    "runs": "runs",
    "metrics": "runs",
    "registered-models": "models",
    "model-versions": "models",
    "logged-models": "models",
    "traces": "traces",
    "users": "users",
    "mlflow-artifacts": ARTIFACTS,
    "artifacts": ARTIFACTS,
    "get-artifact": ARTIFACTS,
    "upload-artifact": ARTIFACTS,
    "health": "health",
    "static-files": "ui",
    "": "ui",
}
_API = re.compile(r"/(?:(?:ajax-)?api/\d\.\d/(?:mlflow/)?|v1/)?(?P<family>[^/]*)")
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60)


def published(app: ASGIApp, port: int) -> ASGIApp:
    """Count what an app answers, and tell it.

    Args:
        app: what answers.
        port: where it is told.
    """
    # When each series began: as many series again, which nothing here asks for.
    disable_created_metrics()
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    Pools(registry).watch()
    start_http_server(port, registry=registry)
    return Counted(app, registry)


def family_of(path: str) -> str:
    """Return what a path is about; few words, whatever a client asks for.

    Args:
        path: the path of a request.
    """
    match = _API.match(path)
    return _FAMILIES.get(match["family"] if match else "", "other")


class Counted:
    """An app whose requests are counted."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        """Begin to count.

        Args:
            app: what answers.
            registry: takes what is counted.
        """
        self._app = app
        place: Mapping[str, Any] = {
            "namespace": "mlplatform",
            "subsystem": "mlflow",
            "registry": registry,
        }
        self._requests = Counter(
            "requests", "Requests by route family and status", ["family", "status"], **place
        )
        self._latency = Histogram(
            "request_seconds",
            "Time until the whole answer",
            ["family"],
            buckets=_BUCKETS_S,
            **place,
        )
        self._in_flight = Gauge("in_flight", "Requests that are not answered yet", **place)
        bytes_moved = Counter(
            "artifact_bytes", "Bytes of artifacts that went through", ["direction"], **place
        )
        self._received = bytes_moved.labels("in")
        self._sent = bytes_moved.labels("out")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        family = family_of(scope["path"])
        # What a client that left before the answer began is counted as, after nginx.
        status = "499"

        async def counted_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            elif family == ARTIFACTS:
                self._sent.inc(len(message.get("body", b"")))
            await send(message)

        async def counted_receive() -> Message:
            message = await receive()
            self._received.inc(len(message.get("body", b"")))
            return message

        began = time.perf_counter()
        with self._in_flight.track_inprogress():
            try:
                receiving = counted_receive if family == ARTIFACTS else receive
                await self._app(scope, receiving, counted_send)
            except Exception:
                status = "500"
                raise
            finally:
                self._requests.labels(family, status).inc()
                self._latency.labels(family).observe(time.perf_counter() - began)


class Pools(Collector):
    """The database pools of the process: each store of MLflow has one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Begin with none.

        Args:
            registry: takes what is counted.
        """
        self._pools: WeakKeyDictionary[QueuePool, str] = WeakKeyDictionary()
        place: Mapping[str, Any] = {
            "namespace": "mlplatform",
            "subsystem": "mlflow_database_pool",
            "registry": registry,
        }
        self._waiting = Gauge("waiting", "Requests that wait for a connection", **place)
        self._wait = Histogram(
            "wait_seconds", "Time until there was a connection", buckets=_BUCKETS_S, **place
        )
        registry.register(self)

    def watch(self) -> None:
        """See every pool that a connection is taken from, from now on."""
        take = QueuePool._do_get

        def counted(pool: QueuePool) -> ConnectionPoolEntry:
            self._pools.setdefault(pool, str(len(self._pools) + 1))
            with self._waiting.track_inprogress(), self._wait.time():
                return take(pool)

        patched: Any = QueuePool
        patched._do_get = counted

    def collect(self) -> Iterable[Metric]:
        """Return how full the pools are."""
        name = "mlplatform_mlflow_database_pool"
        used = GaugeMetricFamily(f"{name}_used", "Connections in use", labels=["pool"])
        limit = GaugeMetricFamily(f"{name}_limit", "Connections at most", labels=["pool"])
        for pool, number in list(self._pools.items()):
            used.add_metric([number], pool.checkedout())
            limit.add_metric([number], pool.size() + pool._max_overflow)
        return used, limit
