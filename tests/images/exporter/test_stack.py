"""The exporter's numbers, from what the cluster's API returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from mlplatform import issuing
from mlplatform_server.exporter.stack import Stack

NOW = datetime.now(UTC)


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()


@dataclass
class Cluster:
    """What the API would say."""

    marks: Mapping[str, str] = field(default_factory=dict[str, str])
    objects: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Any])

    def annotations(self) -> Mapping[str, str]:
        return self.marks

    def all(self, kind: str) -> Sequence[Any]:
        return self.objects.get(kind, ())


def told(
    cluster: Cluster,
    certificates: Mapping[str, Path] | None = None,
    backup_interval_s: int | None = None,
) -> Any:
    registry = CollectorRegistry()
    registry.register(
        Stack(cluster, certificates=certificates or {}, backup_interval_s=backup_interval_s)
    )

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"mlplatform_{name}", labels)

    return value


def workload(name: str, replicas: int, available: int | None, **marks: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "annotations": {f"mlplatform/{key}": mark for key, mark in marks.items()},
        },
        "spec": {"replicas": replicas},
        "status": {} if available is None else {"availableReplicas": available},
    }


def pod(part: str, *restarts: int, name: str = "main", ended: Any = None) -> dict[str, Any]:
    state = {"running": {}} if ended is None else {"terminated": ended}
    return {
        "metadata": {"labels": {"app.kubernetes.io/name": part}},
        "status": {
            "containerStatuses": [
                {"name": name, "restartCount": count, "state": state} for count in restarts
            ]
        },
    }


def test_pods_that_are_wanted_and_that_serve_are_told_and_none_is_zero() -> None:
    value = told(
        Cluster(
            objects={
                "deployments": [workload("mlflow-server", 2, 1)],
                "statefulsets": [workload("postgres", 1, None)],
            }
        )
    )
    assert value("replicas_wanted", workload="mlflow-server") == 2
    assert value("replicas_available", workload="mlflow-server") == 1
    assert value("replicas_available", workload="postgres") == 0


def test_a_model_misses_no_pod_until_a_version_of_it_has_served() -> None:
    new = workload("model-a", 2, None, model="a@champion")
    served = workload("model-b", 2, 1, model="b@champion", promotion='{"good": {"version": "1"}}')
    value = told(Cluster(objects={"deployments": [new, served]}))
    assert value("replicas_wanted", workload="model-a") == 0
    assert value("replicas_wanted", workload="model-b") == 2


def test_restarts_are_those_of_all_containers_of_a_part() -> None:
    value = told(Cluster(objects={"pods": [pod("postgres", 1, 2), pod("postgres", 4)]}))
    assert value("restarts_total", part="postgres") == 7


def test_a_promotion_has_failed_where_the_promoter_remembers_a_failure() -> None:
    failed = workload("a", 1, 1, model="wine@champion", promotion='{"failure": {"cause": "x"}}')
    fine = workload("b", 1, 1, model="wine@next", promotion='{"failure": null}')
    new = workload("c", 1, 0, model="churn@live")
    value = told(Cluster(objects={"deployments": [failed, fine, new]}))
    assert value("promotion_failed", model="wine@champion") == 1
    assert value("promotion_failed", model="wine@next") == 0
    assert value("promotion_failed", model="churn@live") == 0


def cron_job(made: datetime, last: datetime | None) -> dict[str, Any]:
    return {
        "metadata": {"name": "backup", "creationTimestamp": text(made)},
        "status": {} if last is None else {"lastSuccessfulTime": text(last)},
    }


def test_the_age_of_the_last_backup_counts_from_the_newest_by_clock_or_by_hand() -> None:
    by_clock = cron_job(NOW - timedelta(days=9), NOW - timedelta(days=2))
    by_hand = {"mlplatform/backed-up": text(NOW - timedelta(days=1))}
    ended = {"exitCode": 0, "finishedAt": text(NOW), "message": "12345"}
    broken = {"exitCode": 1, "finishedAt": text(NOW + timedelta(hours=1)), "message": "No place"}
    pods = [pod("backup", 0, name="backup", ended=end) for end in (ended, broken)]
    cluster = Cluster(by_hand, {"cronjobs": [by_clock], "pods": pods})
    value = told(cluster, backup_interval_s=86400)
    assert abs(value("backup_age_seconds") - since(NOW - timedelta(days=1))) < 5
    assert value("backup_interval_seconds") == 86400
    assert value("backup_bytes") == 12345


def test_a_stack_that_was_never_backed_up_counts_from_its_schedule() -> None:
    cluster = Cluster(objects={"cronjobs": [cron_job(NOW - timedelta(hours=1), None)]})
    value = told(cluster, backup_interval_s=600)
    assert abs(value("backup_age_seconds") - since(NOW - timedelta(hours=1))) < 5
    assert value("backup_last_success_timestamp_seconds") is None
    assert told(cluster)("backup_age_seconds") is None


def test_volumes_are_told_in_bytes() -> None:
    claims = [
        {
            "metadata": {"labels": {"app.kubernetes.io/name": part}},
            "status": {"capacity": {"storage": size}} if size else {},
        }
        for part, size in {"postgres": "2Gi", "minio": "1500M", "backup": "7", "new": ""}.items()
    ]
    value = told(Cluster(objects={"persistentvolumeclaims": claims}))
    assert value("volume_capacity_bytes", volume="postgres") == 2 * 2**30
    assert value("volume_capacity_bytes", volume="minio") == 1.5e9
    assert value("volume_capacity_bytes", volume="backup") == 7
    assert value("volume_capacity_bytes", volume="new") is None


def test_what_ends_is_told_and_a_certificate_that_is_not_there_yet_is_not(tmp_path: Path) -> None:
    authority = issuing.make_authority("A stack", ["h.local"], None)
    (tmp_path / "tls.crt").write_text(
        issuing.issue(authority, ["h.local"], timedelta(days=10)).certificate
    )
    value = told(
        Cluster({"mlplatform/expires-at": "2030-01-01T00:00:00Z"}),
        {"public": tmp_path / "tls.crt", "postgres": tmp_path / "none"},
    )
    left = value("certificate_expiry_timestamp_seconds", certificate="public") - NOW.timestamp()
    assert abs(left - 10 * 86400) < 3600
    assert value("certificate_expiry_timestamp_seconds", certificate="postgres") is None
    assert value("stack_expiry_timestamp_seconds") == datetime(2030, 1, 1, tzinfo=UTC).timestamp()
    assert told(Cluster())("stack_expiry_timestamp_seconds") is None
