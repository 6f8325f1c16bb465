"""The alias of a served model moves, well and badly, under load: no request fails."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from drills.row import Row
from drills.scoring_load import ScoringLoad, by_second, counted, failed, scoring_load
from drills.stand import Stand, deployed
from drills.unchanged import unchanged
from drills.versions import SETTING, Versions
from front_door.request import Request
from smoke_tests.wait import wait_until

PER_SECOND = 20
REQUESTS = 2000
PROMOTIONS = 5
_PROMOTED_WITHIN_S = 30
_CASE_TIMEOUT_S = 300


def run(request: Request) -> Iterator[Row]:
    """Do all that can be done to an alias, and to what looks after it, while requests come in."""
    settings = {"ephemeral": "false", "models": f"[{SETTING}]"}
    with deployed(request, "serving", settings) as stand, stand.client():
        versions = Versions(stand)
        first = versions.register("healthy")
        versions.promote(first)
        settings = stand.settings
        [served] = settings.models
        with scoring_load(settings, served, per_second=PER_SECOND) as load:
            course = _Course(stand, versions, load)
            yield from course.promotions()
            yield course.refused("cannot be loaded", "failed: It cannot be loaded")
            yield course.back_to(first)
            yield unchanged(stand)


@dataclass(frozen=True)
class _Course:
    """What the cases share.

    Attributes:
        stand: the stack.
        versions: of the model.
        load: asks for predictions all the time.
    """

    stand: Stand
    versions: Versions
    load: ScoringLoad

    def promotions(self) -> Iterator[Row]:
        """Promote healthy versions, one after the other."""
        seconds: list[float] = []

        def promote() -> str:
            seconds.extend(self._promotion_s() for _ in range(PROMOTIONS))
            return f"{PROMOTIONS} promoted"

        yield self._case("promotion to a healthy version", promote, f"{PROMOTIONS} promoted")
        median = statistics.median(seconds)
        yield Row(
            "from the alias to the first answer of its version",
            f"p50 at most {_PROMOTED_WITHIN_S} s",
            f"p50 {median:.1f} s of {', '.join(f'{second:.1f}' for second in seconds)}",
            passed=median <= _PROMOTED_WITHIN_S,
        )

    def refused(self, behaviour: str, receipt: str) -> Row:
        """Promote a version that cannot serve."""
        version = self.versions.register(behaviour)
        return self._case(
            f"promotion to a version that {behaviour}",
            lambda: self.versions.promote(version),
            receipt,
        )

    def back_to(self, version: str) -> Row:
        """Move the alias back to a lower version."""
        return self._case(
            "back to a lower version", lambda: self.versions.promote(version), "serving"
        )

    def _promotion_s(self) -> float:
        version = self.versions.register("healthy")
        began = time.monotonic()
        self.versions.promote(version)
        return min(
            answer.ended - began
            for answer in self.load.since(began)
            if answer.version == int(version)
        )

    def _case(self, what: str, act: Callable[[], str], wanted: str, forgiven: int = 0) -> Row:
        """Do something, and look at the answers since then, once there are enough."""
        began = time.monotonic()
        said = act()
        wait_until(
            lambda: len(self.load.since(began)) >= REQUESTS,
            timeout_s=_CASE_TIMEOUT_S,
            describe=f"there are {REQUESTS} answers",
            interval_s=1,
        )
        answers = self.load.since(began)
        wrong = failed(answers)
        return Row(
            what,
            f"0 of {REQUESTS} requests fail; {wanted}",
            f"{len(wrong)} of {len(answers)} failed; {counted(answers)}; {said}; "
            f"{by_second(answers, began)}",
            passed=len(wrong) <= forgiven and said.startswith(wanted),
        )
