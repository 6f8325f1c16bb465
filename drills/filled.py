"""A filled stack, whose content has to be the same after whatever is done to it."""

from __future__ import annotations

from dataclasses import dataclass

from drills.content import Content, differences, snapshot
from drills.stand import Stand
from smoke_tests.answers import ANSWER_TIMEOUT_S, wait_for_answer
from smoke_tests.network import resolve
from smoke_tests.store import s3_client
from smoke_tests.wait import wait_until
from toolchain.paths import ROOT
from toolchain.process import Failed, run, say

UP_TIMEOUT_S = 300


@dataclass(frozen=True)
class Filled:
    """A stack with example data.

    Attributes:
        stand: the stack.
        before: what it held when it had just been filled.
    """

    stand: Stand
    before: Content

    def lost(self) -> int:
        """How many tables and objects are not as they were, those counted that no client reads."""
        self._wait_for_both_hosts()
        found = [*differences(self.before, snapshot(self.stand, self.before)), *self._unreadable()]
        for line in found:
            say(line)
        return len(found)

    def refusal(self, name: str) -> str:
        """What plain `pulumi up` of the name says when it is refused; nothing if it was not."""
        command = ["pulumi", "up", "--stack", name, "--yes", "--skip-preview"]
        quiet = ["--suppress-outputs", "--suppress-progress", "--color=never", "--non-interactive"]
        try:
            run([*command, *quiet], timeout=UP_TIMEOUT_S, cwd=ROOT)
        except Failed as failure:
            return str(failure)
        return ""

    def _wait_for_both_hosts(self) -> None:
        """Wait until the ingress serves what it was just told to: it reads that now and then."""
        settings = self.stand.settings
        with resolve(settings.hosts, settings.ingress_address):
            wait_for_answer(settings)
            s3 = s3_client(settings)
            wait_until(
                lambda: s3.list_objects_v2(Bucket=settings.bucket, MaxKeys=1),
                timeout_s=ANSWER_TIMEOUT_S,
                describe="the store lists its objects through the ingress",
            )

    def _unreadable(self) -> list[str]:
        """The artifacts of a run that a client cannot read through MLflow."""
        with self.stand.client():
            # Its telemetry decides at import whether to run.
            import mlflow
            from mlflow.artifacts import download_artifacts

            client = mlflow.MlflowClient()
            experiments = [one.experiment_id for one in client.search_experiments()]
            run_id = client.search_runs(experiments, max_results=1)[0].info.run_id
            try:
                download_artifacts(run_id=run_id, artifact_path="")
            except (mlflow.MlflowException, OSError) as error:
                return [f"artifacts of run {run_id}: {error}"]
        return []


def fill(stand: Stand) -> Filled:
    """Fill a stack and remember what it holds."""
    stand.seed("small")
    return Filled(stand, snapshot(stand))
