"""Clients of a model's server: each asks again as soon as it was answered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Barrier
from urllib.parse import urlsplit

_TIMEOUT_S = 30


@dataclass(frozen=True)
class Measured:
    """What so many clients saw.

    Attributes:
        seconds: how long each request took.
        per_second: how many requests of all clients were answered a second.
    """

    seconds: Sequence[float]
    per_second: float

    def percentile_ms(self, percent: int) -> float:
        """Milliseconds within which so many of 100 requests were answered."""
        return sorted(self.seconds)[len(self.seconds) * percent // 100] * 1000


def measure(url: str, body: bytes, *, clients: int, duration_s: float) -> Measured:
    """Let clients ask one thing again and again, each through a connection of its own.

    Args:
        url: of the server, by HTTP, without `/invocations`.
        body: JSON.
        clients: how many ask at the same time.
        duration_s: for how long.

    Raises:
        RuntimeError: an answer was not 200.
    """
    together = Barrier(clients, timeout=_TIMEOUT_S)
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json"}

    def work(_: int) -> list[float]:
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
        seconds: list[float] = []

        def ask() -> None:
            began = time.perf_counter()
            connection.request("POST", f"{parts.path}/invocations", body, headers)
            answer = connection.getresponse()
            said = answer.read()
            seconds.append(time.perf_counter() - began)
            if answer.status != 200:
                raise RuntimeError(f"{url} answered {answer.status}: {said.decode()}")

        ask()  # opens the connection
        together.wait()
        seconds.clear()
        until = time.perf_counter() + duration_s
        while time.perf_counter() < until:
            ask()
        connection.close()
        return seconds

    with ThreadPoolExecutor(clients) as threads:
        found = [seconds for own in threads.map(work, range(clients)) for seconds in own]
    return Measured(found, len(found) / duration_s)
