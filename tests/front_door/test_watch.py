"""When a deployment is given up, and in whose words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from front_door import watch
from front_door.request import Request
from front_door.watch import InVain, Watch
from toolchain.process import Failed

BEGAN = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATE = 60
Look = Callable[[float], None]


def pod(*, made_s: float, reason: str = "ErrImageNeverPull", name: str = "postgres-0") -> Any:
    made = (BEGAN + timedelta(seconds=made_s)).isoformat()
    waiting = {"waiting": {"reason": reason, "message": "hunter22 is not present"}}
    status = {"image": "i", "state": waiting, "restartCount": 1}
    return {
        "kind": "Pod",
        "metadata": {"name": name, "uid": name, "creationTimestamp": made},
        "status": {"phase": "Pending", "containerStatuses": [status]},
    }


def failed_job(*, made_s: float, owner: str | None = None) -> Any:
    made = (BEGAN + timedelta(seconds=made_s)).isoformat()
    owners = [{"kind": "CronJob", "uid": owner}] if owner else []
    given_up = {"type": "Failed", "status": "True", "reason": "DeadlineExceeded", "message": "m"}
    metadata = {"name": "job", "uid": "j", "creationTimestamp": made, "ownerReferences": owners}
    status = {"conditions": [given_up]}
    return {"kind": "Job", "metadata": metadata, "spec": {}, "status": status}


def running_job_pod() -> Any:
    working = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    owner = {"kind": "Job", "uid": "job"}
    metadata = {"name": "migration", "uid": "m", "ownerReferences": [owner]}
    return {
        "kind": "Pod",
        "metadata": {**metadata, "creationTimestamp": BEGAN.isoformat()},
        "status": working,
    }


class Clock(datetime):
    seconds = 0.0

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return BEGAN.astimezone(tz) + timedelta(seconds=cls.seconds)


class Deployment:
    """Watched at a second of the test's choice, over objects of its choice."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.objects: list[Any] = []
        self.looks = 0
        monkeypatch.setattr(watch, "get", self._get)
        monkeypatch.setattr(watch, "masked", lambda text, *_: text.replace("hunter22", "***"))
        monkeypatch.setattr(watch, "datetime", Clock)
        Clock.seconds = 0
        self.watch = Watch(Request("dev", "cluster"))

    def _get(self, *_: str) -> list[Any]:
        self.looks += 1
        if not self.objects:
            raise Failed("an answer", "none", "")
        return self.objects

    def look(self, after_s: float) -> None:
        Clock.seconds = after_s
        self.watch.look()


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Deployment:
    return Deployment(monkeypatch)


def test_a_good_deployment_costs_no_look(deployment: Deployment) -> None:
    deployment.look(13)
    assert deployment.looks == 0


def test_a_final_fault_ends_it_in_the_clusters_words_without_secrets(
    deployment: Deployment,
) -> None:
    deployment.objects = [pod(made_s=5), pod(made_s=5, name="minio-0")]
    with pytest.raises(InVain) as caught:
        deployment.look(16)
    came = "came: pod postgres-0, pod minio-0: ErrImageNeverPull: *** is not present"
    assert came in str(caught.value)
    assert "to do: push that image" in str(caught.value)


def test_a_fault_that_may_pass_is_named_once(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment.objects = [pod(made_s=5, reason="CrashLoopBackOff")]
    deployment.look(16)
    deployment.look(20)
    printed = capsys.readouterr().err
    assert printed.count("pod postgres-0: CrashLoopBackOff: 1 restarts") == 1


def test_a_broken_pod_of_before_has_time_to_be_replaced(deployment: Deployment) -> None:
    deployment.objects = [pod(made_s=-3600)]
    deployment.look(40)
    with pytest.raises(InVain):
        deployment.look(LATE)


def test_a_broken_server_waits_for_the_job_that_comes_before_it(deployment: Deployment) -> None:
    deployment.objects = [pod(made_s=-3600), running_job_pod()]
    deployment.look(3000)
    deployment.objects = [pod(made_s=100), running_job_pod()]
    with pytest.raises(InVain):
        deployment.look(3000)


def test_only_a_job_of_this_deployment_ends_it(deployment: Deployment) -> None:
    deployment.objects = [failed_job(made_s=-60)]
    deployment.look(LATE)
    deployment.objects = [failed_job(made_s=5, owner="backup")]
    deployment.look(LATE)
    deployment.objects = [failed_job(made_s=5)]
    with pytest.raises(InVain, match="Job job: DeadlineExceeded"):
        deployment.look(LATE)


def test_a_cluster_that_does_not_answer_is_pulumis_to_report(deployment: Deployment) -> None:
    deployment.look(LATE)
    assert deployment.looks == 1


def test_a_failure_of_pulumi_gets_its_cause_from_the_cluster(deployment: Deployment) -> None:
    failure = Failed("pulumi up", "exit code 255", "")
    assert deployment.watch.named(failure) is failure
    deployment.objects = [pod(made_s=-3600)]
    assert deployment.watch.named(failure) is failure
    deployment.objects = [pod(made_s=2, reason="CrashLoopBackOff")]
    assert "CrashLoopBackOff" in str(deployment.watch.named(failure))
