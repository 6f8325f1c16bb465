"""What Kubernetes wrote about planted faults, and about a stack that works: recorded from 1.35."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cluster.faults import Fault, find

RECORDED = Path(__file__).parent / "recorded"
NOW = datetime(2026, 11, 25, 13, 47, 8, tzinfo=UTC)


def recorded(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (RECORDED / f"{name}.jsonl").read_text().splitlines()]


def found(now: datetime = NOW, since: datetime | None = None) -> dict[str, Fault]:
    return {fault.where: fault for fault in find(recorded("faulty"), now, since)}


def one(kind: str, name: str) -> dict[str, Any]:
    return next(
        thing
        for thing in recorded("faulty")
        if thing["kind"] == kind and thing["metadata"]["name"].startswith(name)
    )


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("pod no-tag-on-node", "localhost/mlplatform/postgres:no-such-tag: not found"),
        ("pod never", "ErrImageNeverPull: Container image"),
        ("pod invalid-name", "repository name must be lowercase"),
        ("pod no-secret", 'CreateContainerConfigError: secret "gone" not found'),
        ("pod no-program", 'exec: "no-such-program": executable file not found'),
        ("pod too-big", "Unschedulable: 0/1 nodes are available: 1 Insufficient memory"),
        ("pod claim-missing", 'persistentvolumeclaim "nowhere" not found'),
        (
            "pod crashes-5fcb8f56d8-2sm8k",
            "exit code 1: /usr/local/bin/entrypoint: line 7: POSTGRES_DB",
        ),
        ("claim no-such-class", 'storageclass.storage.k8s.io "no-such-class" not found'),
        ("claim no-class", "no storage class is set"),
        ("Job fails", "exit code 1: waiting | The database refuses: FATAL:  password"),
        ("StatefulSet insecure", "violates PodSecurity"),
        ("StatefulSet over-quota", "exceeded quota: none"),
        ("ReplicaSet over-quota-7c78f9c5c9", "exceeded quota: none"),
    ],
)
def test_what_waiting_cannot_help_is_final_and_has_the_clusters_words(
    where: str, reason: str
) -> None:
    fault = found()[where]
    assert reason in fault.reason
    assert fault.final
    assert fault.todo


def test_a_registry_that_does_not_answer_is_named_and_may_come_back() -> None:
    fault = found()["pod registry-away"]
    assert "connect: connection refused" in fault.reason
    assert not fault.final


@pytest.mark.parametrize(
    ("answer", "final"),
    [
        ("manifest unknown", True),
        ("pull access denied, repository does not exist", True),
        ("401 Unauthorized", True),
        ("500 Internal Server Error", False),
        ("i/o timeout", False),
    ],
)
def test_only_an_answer_of_the_registry_is_final(answer: str, final: bool) -> None:
    pod = one("Pod", "registry-away")
    pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"] = answer
    (fault,) = find([pod], NOW)
    assert fault.final is final
    assert "127.0.0.1:9/mlflow:no-such-tag" in fault.reason


@pytest.mark.parametrize("name", ["no-secret", "too-big"])
def test_what_may_pass_by_itself_is_given_time(name: str) -> None:
    pod = one("Pod", name)
    made = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
    assert not any(fault.final for fault in find([pod], made + timedelta(seconds=10)))
    assert [fault.final for fault in find([pod], made + timedelta(seconds=30))] == [True]


def test_a_pod_that_an_autoscaler_makes_room_for_is_not_given_up() -> None:
    pod = one("Pod", "too-big")
    event = one("Event", "no-such-class")
    event |= {"reason": "TriggeredScaleUp", "message": "pod triggered scale-up"}
    event["involvedObject"]["uid"] = pod["metadata"]["uid"]
    assert [fault.final for fault in find([pod, event], NOW)] == [False]


def test_a_quota_that_let_the_pod_in_after_all_is_no_fault() -> None:
    objects = recorded("faulty")
    for thing in objects:
        if thing["kind"] == "StatefulSet":
            thing["status"]["replicas"] = 1
    assert not [fault for fault in find(objects, NOW) if fault.where.startswith("StatefulSet")]


@pytest.mark.parametrize(("restarts", "final"), [(1, False), (2, False), (3, True)])
def test_a_crash_is_final_once_it_repeats(restarts: int, final: bool) -> None:
    pod = one("Pod", "crashes")
    pod["status"]["containerStatuses"][0]["restartCount"] = restarts
    assert [fault.final for fault in find([pod], NOW)] == [final]


def test_a_backup_that_failed_is_no_fault_once_the_next_one_is_there() -> None:
    failed = one("Job", "fails")
    failed["metadata"]["ownerReferences"] = [{"kind": "CronJob", "uid": "backup"}]
    done = json.loads(json.dumps(failed))
    done["metadata"] |= {"uid": "next", "creationTimestamp": "2026-11-25T13:47:07Z"}
    done["status"] = {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}
    assert [fault.where for fault in find([failed], NOW)] == ["Job fails"]
    assert find([failed, done], NOW) == []


def test_one_cause_is_named_once() -> None:
    names = list(found())
    assert not [name for name in names if name.startswith(("pod fails", "pod claims"))]
    assert names[0] == "claim no-class"


def test_what_is_older_than_a_deployment_is_passed_over() -> None:
    assert found(since=NOW + timedelta(seconds=1)) == {}
    assert found(since=NOW - timedelta(minutes=10)).keys() == found().keys()


def test_a_pod_that_goes_is_no_fault() -> None:
    pod = one("Pod", "no-secret")
    pod["metadata"]["deletionTimestamp"] = "2026-11-25T13:47:00Z"
    assert find([pod], NOW) == []


def test_a_server_that_does_not_get_ready_is_named_with_its_probe() -> None:
    objects = recorded("healthy")
    for thing in objects:
        if thing["metadata"]["name"] == "postgres-0":
            for condition in thing["status"]["conditions"]:
                if condition["type"] == "Ready":
                    condition |= {"status": "False", "lastTransitionTime": "2026-11-25T13:46:20Z"}
    (fault,) = find(objects, NOW)
    assert fault.where == "pod postgres-0"
    assert "not ready for 48 s; Unhealthy: Startup probe failed" in fault.reason
    assert not fault.final


def test_a_stack_that_works_has_no_fault() -> None:
    assert find(recorded("healthy"), NOW + timedelta(days=1)) == []
