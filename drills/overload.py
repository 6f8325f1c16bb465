"""A served model is asked for more than it can do, and for what never ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.memory import memory_mb
from drills.row import Row
from drills.scoring_load import ScoringLoad, capacity, counted, failed, scoring_load
from drills.stand import Stand, deployed
from drills.versions import ALIAS, HANGS_AT, NAME, PART, Versions
from front_door.request import Request
from smoke_tests.wait import wait_until

BUSY_S = 0.02
TIMEOUT_S = 10
CLIENTS = 8
CAPACITY_S = 10
TIMES = 4
OVERLOAD_S = 30
SLOWEST_S = 2
RECOVERED_WITHIN_S = 2
MOST_MORE_MB = 100
FEW_PER_SECOND = 5
HANGING = 3
"""One less than run at once."""
REPLACED_WITHIN_S = 90


def run(request: Request) -> Iterator[Row]:
    """Serve a model that takes its time, and ask too much of it."""
    model = f"[{{name: {NAME}, alias: {ALIAS}, timeout: {TIMEOUT_S}}}]"
    with (
        deployed(request, "overload", {"ephemeral": "false", "models": model}) as stand,
        stand.client(),
    ):
        versions, settings = Versions(stand), stand.settings
        versions.promote(versions.register("healthy", busy_s=BUSY_S))
        with scoring_load(settings, settings.models[0], per_second=FEW_PER_SECOND) as others:
            course = _Course(stand, others)
            yield from course.overload()
            yield course.hang()
            yield course.hang_once_more()


@dataclass(frozen=True)
class _Course:
    """What the parts share.

    Attributes:
        stand: the stack.
        others: clients that ask now and then, all the time.
    """

    stand: Stand
    others: ScoringLoad

    def overload(self) -> Iterator[Row]:
        """Ask for several times of what is possible."""
        settings = self.stand.settings
        [served] = settings.models
        can = capacity(ScoringLoad(settings, served), clients=CLIENTS, seconds=CAPACITY_S)
        before_mb = self._memory_mb()
        with scoring_load(settings, served, per_second=TIMES * can) as load:
            threading.Event().wait(OVERLOAD_S)
            more_mb = self._memory_mb() - before_mb
            ended = time.monotonic()
        right = sorted(one.ended - one.due for one in load.answers if one.said == "200")
        p99 = right[len(right) * 99 // 100]
        what = f"{TIMES * can:.0f} requests a second where {can:.0f} can be answered"
        seen = {answer.said for answer in load.answers}
        yield Row(
            what, "200, or 503 with Retry-After", counted(load.answers), seen <= {"200", "503"}
        )
        yield Row(
            "those that were answered",
            f"within {SLOWEST_S} s",
            f"{len(right) / OVERLOAD_S:.0f} a second; p99 {p99:.2f} s, {right[-1]:.2f} s at most",
            passed=right[-1] <= SLOWEST_S,
        )
        yield Row(
            "the server's memory",
            f"at most {MOST_MORE_MB} MB more",
            f"{more_mb:.0f} MB more than {before_mb:.0f}",
            passed=more_mb <= MOST_MORE_MB,
        )
        recovered_s = self._last_failure_s(ended, RECOVERED_WITHIN_S + 5)
        yield Row(
            "the others then",
            f"answered after {RECOVERED_WITHIN_S} s",
            f"the last failed after {recovered_s:.1f} s" if recovered_s else "none failed",
            passed=recovered_s <= RECOVERED_WITHIN_S,
        )

    def hang(self) -> Row:
        """Ask for predictions that hang, while others come in."""
        began = time.monotonic()
        said = self._hanging(HANGING)
        answers = self.others.since(began)
        return Row(
            f"{HANGING} predictions hang",
            "504 for these; 0 others fail",
            f"{', '.join(said)}; others {counted(answers)}",
            passed=set(said) == {"504"} and not failed(answers),
        )

    def hang_once_more(self) -> Row:
        """Let one more hang than there may be: another process takes over."""
        began = time.monotonic()
        self._hanging(1)
        started = self.stand.namespace.pods(PART)[0].started_at
        wait_until(
            lambda: self.stand.namespace.pods(PART)[0].started_at not in (started, None),
            timeout_s=REPLACED_WITHIN_S,
            describe="the container was started again",
        )
        wait_until(
            lambda: self.stand.namespace.pods(PART)[0].ready_at,
            timeout_s=REPLACED_WITHIN_S,
            describe="it is ready",
        )
        last_s = self._last_failure_s(began, time.monotonic() - began + 5)
        return Row(
            "one more hangs",
            f"a new process answers within {REPLACED_WITHIN_S} s",
            f"after {last_s:.0f} s; {counted(self.others.since(began))}",
            passed=0 < last_s <= REPLACED_WITHIN_S,
        )

    def _hanging(self, times: int) -> list[str]:
        settings = self.stand.settings
        load = ScoringLoad(settings, settings.models[0])
        with ThreadPoolExecutor(times) as clients:
            return [said for said, _ in clients.map(load.ask, [HANGS_AT] * times)]

    def _last_failure_s(self, since: float, seconds: float) -> float:
        """Look on for a while, and return when the last of the others failed; 0 if none did."""
        threading.Event().wait(since + seconds - time.monotonic())
        return max((one.due - since for one in failed(self.others.since(since))), default=0.0)

    def _memory_mb(self) -> float:
        return memory_mb(self.stand.namespace, f"deployment/{PART}")
