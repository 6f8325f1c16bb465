"""The alias of a served model moves, well and badly, under load: no request fails."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cluster.kind import Kind
from cluster.kubectl import kubectl
from drills.node_restart import kill_kubelet
from drills.row import Row
from drills.scoring_load import ScoringLoad, by_second, counted, failed, scoring_load
from drills.stand import Stand, deployed
from drills.unchanged import unchanged
from drills.versions import PART, SETTING, Versions
from front_door import models
from front_door.request import Request
from smoke_tests.wait import wait_until

PER_SECOND = 20
REQUESTS = 2000
PROMOTIONS = 5
PROMOTED_WITHIN_S = 30
OUTAGE_S = 60
REFUSED = {
    "cannot be loaded": "It cannot be loaded: FileNotFoundError",
    "is out of memory": "out of memory",
    "has other requirements": "Other requirements: it needs scikit-learn==",
    "fails its example": "It fails its own example",
    "crashes": "it crashes, exit code",
}
"""Versions that cannot serve, and what their receipts say."""
_SETTINGS = {"ephemeral": "false", "models": f"[{SETTING}]"}
_CASE_TIMEOUT_S = 300
_STEP_TIMEOUT_S = 90


def run(request: Request) -> Iterator[Row]:
    """Do all that can be done to an alias, and to what looks after it, while requests come in."""
    with deployed(request, "serving", _SETTINGS) as stand, stand.client():
        versions, settings = Versions(stand), stand.settings
        first = versions.register("healthy")
        versions.promote(first)
        with scoring_load(settings, settings.models[0], per_second=PER_SECOND) as load:
            course = _Course(stand, versions, load)
            yield from course.promotions()
            for behaviour, cause in REFUSED.items():
                yield course.refused(behaviour, cause)
            yield course.case("back to a lower version", lambda: versions.promote(first), "serving")
            yield unchanged(stand)
            yield course.case("the alias deleted", course.delete_alias, "no drill@champion")
            yield course.case("MLflow's pods deleted", course.restart_mlflow, "serving")
            yield course.case(f"MLflow away for {OUTAGE_S} s", course.take_mlflow_away, "serving")
            yield course.case("the promoter killed at work", course.kill_promoter, "serving")
            yield course.case("another stack beside it", course.serve_in_another_stack, "v1")
            yield course.receipts()
            if request.kind is Kind.NODE:
                yield course.case(
                    "the node's kubelet killed", course.kill_kubelet, "killed", REQUESTS // 50
                )


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

    def case(self, what: str, act: Callable[[], str], wanted: str, forgiven: int = 0) -> Row:
        """Do something, and look at the answers since then, once there are enough.

        Args:
            what: for the table.
            act: does it, and returns what was said of it.
            wanted: what that has to hold.
            forgiven: how many requests may fail.
        """
        began = time.monotonic()
        said = act()
        wait_until(
            lambda: len(self.load.since(began)) >= REQUESTS,
            timeout_s=_CASE_TIMEOUT_S,
            describe=f"there are {REQUESTS} answers",
            interval_s=1,
        )
        answers = self.load.since(began)
        wrong = len(failed(answers))
        return Row(
            what,
            f"{forgiven} of {REQUESTS} requests fail at most; {wanted}",
            f"{counted(answers)}; {by_second(answers, began)}; {said}",
            passed=wrong <= forgiven and wanted in said,
        )

    def promotions(self) -> Iterator[Row]:
        """Promote healthy versions, one after the other."""
        seconds: list[float] = []

        def promote() -> str:
            seconds.extend(self._promotion_s() for _ in range(PROMOTIONS))
            return f"{PROMOTIONS} promoted"

        yield self.case("a healthy version", promote, f"{PROMOTIONS} promoted")
        median = statistics.median(seconds)
        yield Row(
            "from the alias to the first answer of its version",
            f"p50 at most {PROMOTED_WITHIN_S} s",
            f"p50 {median:.1f} s of {', '.join(f'{second:.1f}' for second in seconds)}",
            passed=median <= PROMOTED_WITHIN_S,
        )

    def _promotion_s(self) -> float:
        version = self.versions.register("healthy")
        began = time.monotonic()
        self.versions.promote(version)
        answers = self.load.since(began)
        return min(answer.ended for answer in answers if answer.version == int(version)) - began

    def refused(self, behaviour: str, cause: str) -> Row:
        """Move the alias to a version that cannot serve."""
        version = self.versions.register(behaviour)
        return self.case(
            f"a version that {behaviour}",
            lambda: self.versions.promote(version),
            f"failed: {cause}",
        )

    def delete_alias(self) -> str:
        """Delete the alias, and return what is said of that."""
        self.versions.unpoint()
        return wait_until(
            lambda: models.in_stack(self.stand.request)[0].reason,
            timeout_s=_STEP_TIMEOUT_S,
            describe="the promoter has noticed",
        )

    def restart_mlflow(self) -> str:
        """Replace MLflow's pods, and promote then."""
        self.stand.namespace.replace_pods("mlflow-server")
        return self._promoted_when_it_is_back()

    def take_mlflow_away(self) -> str:
        """Leave MLflow without a pod for a while, and promote then."""
        self.stand.namespace.scale("deployment/mlflow-server", 0)
        threading.Event().wait(OUTAGE_S)
        self.stand.namespace.scale("deployment/mlflow-server", 1)
        return self._promoted_when_it_is_back()

    def _promoted_when_it_is_back(self) -> str:
        version = wait_until(
            lambda: self.versions.register("healthy"),
            timeout_s=_STEP_TIMEOUT_S,
            describe="MLflow registers versions again",
        )
        return self.versions.promote(version)

    def kill_promoter(self) -> str:
        """Kill the promoter when a version is on its way."""
        version = self.versions.register("healthy")
        self.versions.point(version)
        wait_until(
            lambda: len(self.stand.namespace.pods(PART)) > 1,
            timeout_s=_STEP_TIMEOUT_S,
            describe="the version has a pod",
        )
        kubectl(
            self.stand.namespace.context,
            f"--namespace={self.stand.namespace.name}",
            *("delete", "pod", "--selector=app.kubernetes.io/name=promoter"),
            *("--force", "--grace-period=0"),
        )
        return self.versions.settled(version)

    def serve_in_another_stack(self) -> str:
        """Serve a model of the same name in another stack, and return which version answers."""
        with deployed(self.stand.request, "serving", _SETTINGS) as other, other.client():
            versions, settings = Versions(other), other.settings
            versions.promote(versions.register("healthy"))
            said, version = ScoringLoad(settings, settings.models[0]).ask(1)
        return f"there {said} by v{version}"

    def kill_kubelet(self) -> str:
        """Kill it; what watches over it starts it again."""
        kill_kubelet()
        return "killed"

    def receipts(self) -> Row:
        """Look at what the registry says of every version by now."""
        receipts = self.versions.receipts()
        kinds = [receipt.split(maxsplit=1)[0] for receipt in receipts]
        return Row(
            "receipts of all versions",
            f"1 serving, {len(REFUSED)} failed, the rest retired",
            ", ".join(kinds),
            passed=(
                kinds.count("serving") == 1
                and kinds.count("failed:") == len(REFUSED)
                and set(kinds) == {"serving", "failed:", "retired"}
            ),
        )
