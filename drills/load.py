"""Clients that write metrics without pause or patience, and remember every answer."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from drills.stand import Stand
from smoke_tests.client import http_session
from smoke_tests.database import query
from smoke_tests.network import resolve
from smoke_tests.wait import wait_until

# Far more than anything may take, so that what takes too long is seen in full.
_CALL_TIMEOUT_S = 120
_STOP_TIMEOUT_S = 150


@dataclass(frozen=True, kw_only=True)
class Call:
    """One write and what came of it.

    Attributes:
        key: the metric that it wrote, never used twice.
        status: HTTP status, or the name of the error where there was none.
        began: when it was sent, as `time.monotonic`.
        ended: when it was answered.
    """

    key: str
    status: int | str
    began: float
    ended: float


class Load:
    """Writers that are at work, and their calls so far."""

    def __init__(self, stand: Stand) -> None:
        """Make a run to write to.

        Args:
            stand: the stack.
        """
        self._settings = settings = stand.settings
        self._namespace = stand.namespace
        self._api = f"{settings.tracking_uri}/api/2.0/mlflow"
        self._run_id: str = self._post(
            http_session(settings), "runs/create", {"experiment_id": "0", "start_time": 0}
        ).json()["run"]["info"]["run_id"]
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self.calls: list[Call] = []

    def since(self, moment: float) -> list[Call]:
        """The calls that had not ended at a moment of `time.monotonic`."""
        return [call for call in list(self.calls) if call.ended > moment]

    def wait_until_steady(self, since: float, seconds: float, timeout_s: float) -> None:
        """Wait until every call of the last `seconds` was answered 200.

        Args:
            since: moment of `time.monotonic` after which they count.
            seconds: how long nothing may fail.
            timeout_s: seconds after which waiting ends.

        Raises:
            TimeoutError: something went on failing.
        """

        def steady() -> bool:
            now = time.monotonic()
            last = [call for call in self.since(since) if call.ended > now - seconds]
            return now - since > seconds and bool(last) and {call.status for call in last} == {200}

        wait_until(steady, timeout_s=timeout_s, describe=f"nothing has failed for {seconds:g} s")

    def lost(self) -> list[str]:
        """The metrics that were acknowledged and are not in the database."""
        rows = query(
            self._namespace,
            "SELECT key FROM metrics WHERE run_uuid = :'run_id'",
            run_id=self._run_id,
        )
        found = {key for (key,) in rows}
        return [call.key for call in self.calls if call.status == 200 and call.key not in found]

    def write(self, per_second: float | None) -> None:
        """Write until `stop`.

        Args:
            per_second: calls a second, None for as many as are answered.
        """
        session, due = http_session(self._settings), time.monotonic()
        while not self._stopping.is_set():
            began = time.monotonic()
            key = f"metric-{next(self._numbers)}"
            status = self._status(session, key)
            self.calls.append(Call(key=key, status=status, began=began, ended=time.monotonic()))
            if per_second is not None:
                due += 1 / per_second
                self._stopping.wait(due - time.monotonic())

    def stop(self) -> None:
        """Let every writer end after its call."""
        self._stopping.set()

    def _status(self, session: requests.Session, key: str) -> int | str:
        metric: dict[str, str | float] = {
            "run_id": self._run_id,
            "key": key,
            "value": 1.0,
            "timestamp": 1,
            "step": 0,
        }
        try:
            return self._post(session, "runs/log-metric", metric).status_code
        except requests.RequestException as error:
            return type(error).__name__

    def _post(
        self, session: requests.Session, path: str, body: dict[str, str | float]
    ) -> requests.Response:
        return session.post(f"{self._api}/{path}", json=body, timeout=_CALL_TIMEOUT_S)


@contextmanager
def load(stand: Stand, *, writers: int, per_second: float | None = None) -> Iterator[Load]:
    """Write to a stack until the block ends.

    Args:
        stand: the stack.
        writers: how many write at the same time.
        per_second: calls a second of all together, None for as many as are answered.
    """
    settings = stand.settings
    with resolve(settings.hosts, settings.ingress_address):
        made = Load(stand)
        share = None if per_second is None else per_second / writers
        threads = [threading.Thread(target=made.write, args=[share]) for _ in range(writers)]
        for thread in threads:
            thread.start()
        try:
            yield made
        finally:
            made.stop()
            for thread in threads:
                thread.join(_STOP_TIMEOUT_S)


def slowest_s(calls: list[Call]) -> float:
    """Seconds of the slowest call."""
    return max(call.ended - call.began for call in calls)


def outage_s(calls: list[Call], since: float) -> float:
    """Seconds from a moment to the end of the last call that failed after it; 0 if none did."""
    return max([call.ended - since for call in calls if call.status != 200], default=0.0)


def answers(calls: list[Call]) -> str:
    """How often there was which answer, for a person."""
    counted = Counter(call.status for call in calls)
    return ", ".join(f"{status}: {times}" for status, times in counted.most_common())
