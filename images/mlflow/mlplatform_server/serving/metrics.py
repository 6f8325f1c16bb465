"""What a served model counts, in the format of Prometheus, on a port of its own."""

from contextlib import AbstractContextManager
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from mlplatform_server.serving.pin import Pin
from mlplatform_server.serving.scoring import Outcome

_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters of one version.

    Attributes:
        registry: holds them.
    """

    def __init__(self, pin: Pin, load_s: float) -> None:
        """Begin to count.

        Args:
            pin: what is served.
            load_s: how long it took to load and to try.
        """
        self.registry = CollectorRegistry()
        place: Any = {"namespace": "mlplatform", "subsystem": "model", "registry": self.registry}
        own = {"model": pin.name, "version": pin.version}
        requests = Counter("requests", "Requests by outcome", [*own, "outcome"], **place)
        self._requests = {
            outcome: requests.labels(**own, outcome=outcome.value) for outcome in Outcome
        }
        self._latency = Histogram(
            "request_seconds", "Time until the answer", [*own], buckets=_BUCKETS_S, **place
        ).labels(**own)
        self._in_flight = Gauge(
            "in_flight", "Requests that are not answered yet", [*own], **place
        ).labels(**own)
        loaded = Gauge(
            "load_seconds", "Time to load the version and to try its example", [*own], **place
        )
        loaded.labels(**own).set(load_s)

    def serve(self, port: int) -> None:
        """Publish them, in a thread."""
        start_http_server(port, registry=self.registry)

    def in_flight(self) -> AbstractContextManager[object]:
        """Count a request as long as it takes."""
        return self._in_flight.track_inprogress()

    def answered(self, outcome: Outcome, seconds: float) -> None:
        """Count an answer.

        Args:
            outcome: how the request ended.
            seconds: how long it took.
        """
        self._requests[outcome].inc()
        self._latency.observe(seconds)
