from typing import Any

import pytest

from mlplatform_server.promoter.decision import Stage
from mlplatform_server.promoter.rollout import read
from tests.images.promoter.objects import deployment, done, ended, pod, waiting

OVERDUE = [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]
TRACEBACK = "Traceback\n  File\nIt cannot be loaded: ModuleNotFoundError: No module named 'x'\n"


def test_it_is_done_when_all_pods_are_new_and_available() -> None:
    assert read(done(), []).stage is Stage.DONE


READY = [{"type": "Ready", "status": "True"}]
LOST = [{"type": "Ready", "status": "Unknown"}]


def test_it_is_not_done_while_a_pod_of_another_version_still_answers() -> None:
    assert read(done(), [pod("old", leaving=True, conditions=READY)]).stage is Stage.GOING


def test_a_pod_that_answers_no_more_is_not_waited_for() -> None:
    pods = [pod("old", leaving=True, conditions=LOST), pod(conditions=READY)]
    assert read(done(), pods).stage is Stage.DONE


@pytest.mark.parametrize(
    "status",
    [
        {"observedGeneration": 3},
        {"replicas": 3},
        {"updatedReplicas": 1},
        {"availableReplicas": 1},
    ],
)
def test_until_then_it_goes_on(status: dict[str, int]) -> None:
    unfinished = done()
    unfinished["status"] |= status
    assert read(unfinished, []).stage is Stage.GOING


def test_what_the_deployment_said_of_the_version_before_counts_no_more() -> None:
    stale = deployment(observedGeneration=3, conditions=OVERDUE)
    assert read(stale, [pod(state=ended(3, "of before"))]).stage is Stage.GOING


def test_a_deployment_without_pods_is_not_done() -> None:
    assert read(deployment(replicas=0), []).stage is Stage.GOING


def test_a_deployment_that_nobody_has_looked_at_goes_on() -> None:
    new = deployment()
    del new["status"]
    assert read(new, []).stage is Stage.GOING


FINAL: dict[str, tuple[dict[str, Any], str]] = {
    "it says so": (
        {"state": ended(3, TRACEBACK)},
        "It cannot be loaded: ModuleNotFoundError: No module named 'x'",
    ),
    "it said so before it was started again": (
        {"state": waiting("CrashLoopBackOff"), "lastState": ended(3, "It fails its own example")},
        "It fails its own example",
    ),
    "it is out of memory": ({"state": ended(137, reason="OOMKilled")}, "out of memory"),
    "it was, and is tried again": (
        {"state": {"running": {}}, "lastState": ended(137, reason="OOMKilled")},
        "out of memory",
    ),
    "it was and nobody says so": (
        {"state": ended(137, "odd", reason="Error"), "restarts": 2},
        "out of memory, or killed otherwise: exit code 137",
    ),
    "it crashes again": (
        {"state": ended(139, "Segmentation fault"), "restarts": 2},
        "it crashes, exit code 139: Segmentation fault",
    ),
    "its files are no model": (
        {"container": "fetch", "state": ended(3, "There is no model at models:/m-1")},
        "There is no model at models:/m-1",
    ),
}


@pytest.mark.parametrize(("status", "cause"), FINAL.values(), ids=FINAL)
def test_it_is_given_up_at_once_when(status: dict[str, Any], cause: str) -> None:
    reached = read(deployment(), [pod("old"), pod(**status)])
    assert (reached.stage, reached.cause) == (Stage.BROKEN, cause)


PASSING: dict[str, dict[str, Any]] = {
    "it crashed once": {"state": {"running": {}}, "lastState": ended(1, "odd"), "restarts": 1},
    "MLflow is away, again and again": {
        "container": "fetch",
        "state": waiting("CrashLoopBackOff"),
        "lastState": ended(1, "no answer"),
        "restarts": 9,
    },
    "it is on its way out": {"state": ended(3, "x"), "leaving": True},
    "it is of another version": {"pin": "old", "state": ended(3, "x")},
    "it is being started": {"state": waiting("PodInitializing")},
    "its fetching is done": {"container": "fetch", "state": ended(0, reason="Completed")},
    "its image cannot be had yet": {"state": waiting("ImagePullBackOff", "no such tag")},
}


@pytest.mark.parametrize("status", PASSING.values(), ids=PASSING)
def test_it_is_not_given_up_before_its_time_when(status: dict[str, Any]) -> None:
    assert read(deployment(), [pod(**status)]).stage is Stage.GOING


HINDRANCES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing is known": ({"state": {"running": {}}}, "it is not ready in time"),
    "no node has room": (
        {"conditions": [{"type": "PodScheduled", "reason": "Unschedulable", "message": "0/1"}]},
        "no node has room: 0/1",
    ),
    "its image cannot be had": (
        {"state": waiting("ImagePullBackOff", "no such tag")},
        "ImagePullBackOff: no such tag",
    ),
    "it cannot be fetched": (
        {
            "container": "fetch",
            "state": waiting("CrashLoopBackOff", "back-off 20s"),
            "lastState": ended(1, "Traceback\nConnectionError: mlflow-server"),
        },
        "CrashLoopBackOff: ConnectionError: mlflow-server",
    ),
    "it is evicted": (
        {"reason": "Evicted", "message": "volume tmp exceeds its limit"},
        "Evicted: volume tmp exceeds its limit",
    ),
}


@pytest.mark.parametrize(("status", "cause"), HINDRANCES.values(), ids=HINDRANCES)
def test_when_its_time_is_over_it_is_given_up_and_told_why(
    status: dict[str, Any], cause: str
) -> None:
    reached = read(deployment(conditions=OVERDUE), [pod(**status)])
    assert (reached.stage, reached.cause) == (Stage.BROKEN, cause)


def test_a_long_cause_is_cut() -> None:
    reached = read(deployment(), [pod(state=ended(3, "x" * 5000))])
    assert len(reached.cause) < 400
