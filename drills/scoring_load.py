"""Clients that ask a served model at a fixed rate, whatever the answers, and remember each."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from drills.versions import TIMES
from smoke_tests.client import model_session
from smoke_tests.settings import ServedModel, Settings

_CALL_TIMEOUT_S = 120
_MOST_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of one request.

    Attributes:
        due: when it was to be sent, as `time.monotonic`: who is kept waiting by the requests before
            it waits too.
        ended: when it was answered.
        said: HTTP status, or in words what was wrong.
        version: the version that predicted; None where there was no right prediction.
    """

    due: float
    ended: float
    said: str
    version: int | None = None


class ScoringLoad:
    """Requests that go out one after the other, in time, and what came of them so far."""

    def __init__(self, settings: Settings, served: ServedModel) -> None:
        """Prepare the clients: each has a connection of its own, and keeps it.

        Args:
            settings: the stack.
            served: the model.
        """
        self._settings = settings
        self._served = served
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._own = threading.local()
        self.answers: list[Answer] = []

    def since(self, moment: float) -> list[Answer]:
        """What was to be sent after a moment of `time.monotonic`, and is answered."""
        return [answer for answer in list(self.answers) if answer.due > moment]

    def send(self, per_second: float) -> None:
        """Send requests until `stop`.

        Args:
            per_second: how many.
        """
        began = time.monotonic()
        with ThreadPoolExecutor(_MOST_AT_ONCE) as clients:
            for count in itertools.count():
                due = began + count / per_second
                if self._stopping.wait(due - time.monotonic()):
                    return
                clients.submit(self._ask_in_time, due)

    def stop(self) -> None:
        """Send no more."""
        self._stopping.set()

    def ask(self, number: int) -> tuple[str, int | None]:
        """Ask once; return what was said, and which version predicted.

        Args:
            number: what to predict from.
        """
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = model_session(self._settings, self._served)
        try:
            said = session.post(
                f"{self._served.url}/invocations",
                json={"dataframe_split": {"columns": ["number"], "data": [[number]]}},
                timeout=_CALL_TIMEOUT_S,
            )
        except requests.RequestException as error:
            return type(error).__name__, None
        return _judged(said, number)

    def _ask_in_time(self, due: float) -> None:
        said, version = self.ask(next(self._numbers))
        self.answers.append(Answer(due=due, ended=time.monotonic(), said=said, version=version))


def _judged(said: requests.Response, number: int) -> tuple[str, int | None]:
    """What a response is worth."""
    if said.status_code == 503 and "Retry-After" not in said.headers:
        return "503 without Retry-After", None
    if said.status_code != 200:
        return str(said.status_code), None
    try:
        [predicted] = said.json()["predictions"]
        asked, mark = divmod(predicted, TIMES)
    except (ValueError, KeyError, TypeError):
        return "200 with no prediction", None
    return ("200", mark) if asked == number else ("200 with another's prediction", None)


@contextmanager
def scoring_load(
    settings: Settings, served: ServedModel, *, per_second: float
) -> Iterator[ScoringLoad]:
    """Ask a model until the block ends; to be used where its host resolves.

    Args:
        settings: the stack.
        served: the model.
        per_second: how often, whatever the answers.
    """
    made = ScoringLoad(settings, served)
    sender = threading.Thread(target=made.send, args=[per_second])
    sender.start()
    try:
        yield made
    finally:
        made.stop()
        sender.join()


def capacity(load: ScoringLoad, *, clients: int, seconds: float) -> float:
    """Ask without a pause, and return how many requests per second were answered right.

    Args:
        load: asks.
        clients: how many ask at the same time.
        seconds: for how long.
    """
    until = time.monotonic() + seconds

    def work(_: int) -> int:
        right = 0
        while time.monotonic() < until:
            right += load.ask(1)[0] == "200"
        return right

    with ThreadPoolExecutor(clients) as threads:
        return sum(threads.map(work, range(clients))) / seconds


def failed(answers: Sequence[Answer]) -> list[Answer]:
    """Those that are not right."""
    return [answer for answer in answers if answer.said != "200"]


def counted(answers: Sequence[Answer]) -> str:
    """How often there was which answer, for a person."""
    of_each = Counter(answer.said for answer in answers)
    return ", ".join(f"{said}: {times}" for said, times in of_each.most_common())


def by_second(answers: Sequence[Answer], began: float) -> str:
    """Which versions answered from which second on, for a person.

    Args:
        answers: of any order.
        began: second 0, as `time.monotonic`.
    """
    seen: dict[int, set[str]] = {}
    for answer in answers:
        second = int(answer.due - began)
        seen.setdefault(second, set()).add(
            answer.said if answer.version is None else f"v{answer.version}"
        )
    changes = [
        (second, found)
        for (_, before), (second, found) in itertools.pairwise([(-1, set()), *sorted(seen.items())])
        if found != before
    ]
    return ", ".join(f"{second} s {'+'.join(sorted(found))}" for second, found in changes)
