"""What the reaper takes and what it leaves, on a cluster and a backend that are plain data."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from cluster.kind import Kind
from front_door import pulumi, reap, stacks
from front_door.request import Request
from toolchain.process import Failed

NOW = datetime(2030, 1, 1, tzinfo=UTC)
PAST, FUTURE = "2029-12-31T23:59:59Z", "2030-01-01T00:00:01Z"
REQUEST = Request("dev", None)


def namespace(name: str, stack: str, mark: str | None) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "creationTimestamp": "2029-12-01T00:00:00Z",
            "labels": {"app.kubernetes.io/instance": stack},
            "annotations": {} if mark is None else {"mlplatform/expires-at": mark},
        }
    }


def not_to_be_asked(_kind: Kind) -> Counter[str]:
    raise Failed("sizes", "no ssh", "")


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """Objects by what `kubectl get` is asked for."""
    objects: dict[str, list[dict[str, Any]]] = {"namespace": []}
    monkeypatch.setattr(stacks, "get", lambda _context, kind, *_: objects.get(kind, []))
    monkeypatch.setattr(stacks.volume_directories, "sizes", not_to_be_asked)
    monkeypatch.setattr(pulumi, "marks", lambda _context: {})
    return objects


def test_only_what_is_marked_and_past_is_taken(cluster: dict[str, list[dict[str, Any]]]) -> None:
    cluster["namespace"] = [
        namespace("mlplatform-old", "old", PAST),
        namespace("mlplatform-new", "new", FUTURE),
        namespace("mlplatform-keep", "keep", None),
        namespace("mlplatform-odd", "odd", "whenever"),
    ]
    assert reap.expired(REQUEST, NOW) == {"old": PAST}


def test_a_namespace_of_another_name_is_foreign_whatever_it_says(
    cluster: dict[str, list[dict[str, Any]]],
) -> None:
    cluster["namespace"] = [namespace("payroll", "old", PAST)]
    assert reap.expired(REQUEST, NOW) == {}


def test_a_state_whose_namespace_is_gone_is_taken_by_its_own_mark(
    cluster: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cluster["namespace"] == []
    monkeypatch.setattr(pulumi, "marks", lambda _context: {"half": PAST, "fresh": FUTURE})
    assert reap.expired(REQUEST, NOW) == {"half": PAST}


def test_the_mark_in_the_cluster_wins_over_the_one_in_the_state(
    cluster: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster["namespace"] = [namespace("mlplatform-renewed", "renewed", FUTURE)]
    monkeypatch.setattr(pulumi, "marks", lambda _context: {"renewed": PAST})
    assert reap.expired(REQUEST, NOW) == {}


def test_a_dry_run_destroys_nothing(
    cluster: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster["namespace"] = [namespace("mlplatform-old", "old", "2000-01-01T00:00:00Z")]
    destroyed: list[str] = []
    monkeypatch.setattr(
        reap.destroy, "destroy", lambda request, **_: destroyed.append(request.stack)
    )
    reap.reap(REQUEST, dry_run=True)
    assert destroyed == []
    reap.reap(REQUEST, dry_run=False)
    assert destroyed == ["old"]


def test_a_mark_that_is_renewed_meanwhile_saves_the_stack(
    cluster: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster["namespace"] = [
        namespace(f"mlplatform-{name}", name, "2000-01-01T00:00:00Z") for name in ("a", "b")
    ]
    destroyed: list[str] = []

    def destroy_while_b_is_renewed(request: Request, **_: bool) -> None:
        destroyed.append(request.stack)
        cluster["namespace"] = [namespace("mlplatform-b", "b", "2999-01-01T00:00:00Z")]

    monkeypatch.setattr(reap.destroy, "destroy", destroy_while_b_is_renewed)
    reap.reap(REQUEST, dry_run=False)
    assert destroyed == ["a"]


def test_the_table_shows_age_expiry_health_and_address_and_no_size_that_nobody_told(
    cluster: dict[str, list[dict[str, Any]]],
) -> None:
    cluster["namespace"] = [namespace("mlplatform-pr-1", "pr-1", "2030-01-01T04:00:00Z")]
    place = {"namespace": "mlplatform-pr-1"}
    cluster["ingress"] = [{"metadata": place, "spec": {"rules": [{"host": "mlflow.pr-1.local"}]}}]
    cluster["deployment,statefulset"] = [
        {"metadata": place, "spec": {"replicas": 1}, "status": {"readyReplicas": 1}},
        {"metadata": place, "spec": {"replicas": 2}, "status": {"readyReplicas": 1}},
    ]
    [_, row] = stacks.table(stacks.in_cluster(REQUEST), NOW).splitlines()
    assert row.split() == ["pr-1", "31d", "in", "4h", "1/2", "?", "http://mlflow.pr-1.local"]
