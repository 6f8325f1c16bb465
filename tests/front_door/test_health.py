"""What the doctor finds on a stack: each side of it against answers that are plain data."""

import json
from base64 import b64encode
from types import SimpleNamespace
from typing import Any

import pytest

from front_door import health
from front_door.finding import Finding
from front_door.request import Request
from toolchain.process import Failed

REQUEST = Request("dev", "cluster")
OWN, OTHER = "mlplatform-dev", "mlplatform-other"


def wrong(findings: list[Finding]) -> dict[str, str]:
    return {finding.name: finding.text for finding in findings if finding.wrong}


def workload(kind: str, name: str, replicas: int, ready: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"name": name, "uid": name, "creationTimestamp": "2026-11-25T12:00:00Z"},
        "spec": {"replicas": replicas},
        "status": {"replicas": replicas, "readyReplicas": ready},
    }


def test_a_server_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    servers = [workload("StatefulSet", "postgres", 0, 0), workload("StatefulSet", "minio", 1, 1)]
    monkeypatch.setattr(health, "get", lambda *_: servers)
    monkeypatch.setattr(health.objects, "external", lambda _: set())
    assert wrong(list(health._workloads(REQUEST))) == {
        "StatefulSet/postgres": "is scaled to zero; to do: `make up` brings it back",
        "Deployment/mlflow-server": "is not there; to do: `make up` brings it back",
    }


@pytest.mark.parametrize(("used", "full"), [(89, False), (91, True)])
def test_a_volume_is_full_from_nine_tenths_on(used: int, full: bool) -> None:
    finding = health._volume("minio", "minioStorage", used * 10**9, 100 * 10**9)
    assert finding.wrong is full
    assert f"{used}% of 100.0 GB used" in finding.text


def test_postgres_volume_is_what_df_says_of_what_postgres_may_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    printed = (
        "Filesystem 1-blocks Used Available Capacity Mounted on\n"
        "/dev/sda 1000000000 900000000 50000000 95% /var/lib/postgresql/data\n"
    )
    monkeypatch.setattr(health, "kubectl", lambda *_, **__: printed)
    (finding,) = health._postgres_volume(REQUEST)
    assert finding.text.startswith("is full: 95% of 0.9 GB used")


def test_a_server_of_others_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "get", lambda *_: [workload("Deployment", "mlflow-server", 1, 1)])
    monkeypatch.setattr(health.objects, "external", lambda _: {"postgres", "minio"})
    assert wrong(list(health._workloads(REQUEST))) == {}


def test_database_and_store_are_told_apart_and_secrets_stay_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health.objects, "external", lambda _: set())
    monkeypatch.setattr(health, "get", lambda *_: [{"data": {"user": "dQ==", "password": "cA=="}}])
    monkeypatch.setattr(health, "masked", lambda text, *_: text.replace("hunter22", "***"))
    given: dict[str, Any] = {}

    def kubectl(*words: str, stdin: str, **_: float) -> str:
        given.update(json.loads(stdin), words=words)
        problem = "connection to hunter22 refused"
        return json.dumps({"database": problem, "store": None, "drives": [[5, 100]]})

    monkeypatch.setattr(health, "kubectl", kubectl)
    found = wrong(list(health._inside(REQUEST)))
    assert found.keys() == {"database", "volume of minio"}
    assert "does not answer MLflow: connection to *** refused" in found["database"]
    assert given["root"] == {"user": "u", "password": "p"}
    assert not [word for word in given["words"] if word in ("u", "p")]


def ingress(namespace: str, host: str, name: str = "mlflow-server") -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"rules": [{"host": host}]},
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
    }


def test_a_host_that_another_namespace_serves_too_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [ingress(OWN, "a.local"), ingress(OTHER, "a.local"), ingress(OTHER, "b.local")]
    monkeypatch.setattr(
        health, "get", lambda _context, kind, *_: [] if kind == "secret" else listed
    )
    monkeypatch.setattr(health, "ingress_address", lambda *_: "192.0.2.1")
    monkeypatch.setattr(
        health.answering, "answer", lambda host, *_: Finding(host, "answers", wrong=False)
    )
    assert (
        "is served by namespace mlplatform-other too"
        in wrong(list(health._hosts(REQUEST)))["a.local"]
    )


@pytest.mark.parametrize("status", [200, 401])
def test_where_mlflow_asks_for_a_password_that_of_its_administrator_is_tried(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    class Connection:
        days_left = None

        def __init__(self, *_: Any, **__: Any) -> None: ...

        def request(self, _method: str, path: str, headers: dict[str, str]) -> None:
            asked.append((path, headers["Authorization"]))

        def getresponse(self) -> Any:
            return SimpleNamespace(status=status)

        def close(self) -> None: ...

    def get(_context: str, kind: str, *_: str) -> list[dict[str, Any]]:
        login = {"username": b64encode(b"admin").decode(), "password": b64encode(b"pw").decode()}
        return [{"data": login}] if kind == "secret" else [ingress("mlplatform-dev", "a.local")]

    monkeypatch.setattr(health, "get", get)
    monkeypatch.setattr(health, "ingress_address", lambda *_: "192.0.2.1")
    monkeypatch.setattr(health.answering, "_Connection", Connection)
    [finding] = health._hosts(Request("dev", None))
    assert asked == [("/api/2.0/mlflow/users/current", f"Basic {b64encode(b'admin:pw').decode()}")]
    assert finding.wrong == (status == 401)
    assert ("authAdminPassword" in finding.text) == (status == 401)


def test_a_stopped_cluster_is_a_fault_only_where_there_is_a_stack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health.pulumi, "lock_holder", lambda _: None)
    monkeypatch.setattr(health.pulumi, "known", lambda _: False)
    assert health.findings(REQUEST, cluster_answers=False) == []
    monkeypatch.setattr(health.pulumi, "known", lambda _: True)
    found = wrong(health.findings(REQUEST, cluster_answers=False))
    assert "does not answer; to do: `make cluster` starts it" in found["stack dev"]


def test_a_locked_state_and_one_of_another_passphrase_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health.pulumi, "known", lambda _: True)
    monkeypatch.setattr(health.pulumi, "lock_holder", lambda _: "process 7 on elsewhere")
    assert "is locked by process 7 on elsewhere" in wrong(health._state(REQUEST))["state"]

    def refuse(_: str) -> bool:
        raise Failed("pulumi stack output", "incorrect passphrase", "")

    monkeypatch.setattr(health.pulumi, "known", refuse)
    assert "incorrect passphrase" in wrong(health._state(REQUEST))["state"]


def test_a_stack_that_has_expired_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = {"mlplatform/expires-at": "2020-01-01T00:00:00Z"}
    monkeypatch.setattr(health, "get", lambda *_: [{"metadata": {"annotations": marks}}])
    assert "the next `make reap` destroys it" in wrong(list(health._ownership(REQUEST)))["expiry"]


def test_a_side_that_cannot_be_seen_is_named_and_hides_no_other() -> None:
    def blind(_: Request) -> Any:
        raise Failed("pods", "forbidden", "")

    (finding,) = health._seen(blind, REQUEST)
    assert finding.wrong
    assert "forbidden" in finding.text


@pytest.mark.parametrize(
    ("name", "path", "sign"),
    [
        ("prometheus", "/", "/-/healthy"),
        ("model-wine", "/wine", "/wine/ping"),
        ("model-wine", "/", "/ping"),
    ],
)
def test_prometheus_and_models_are_asked_as_well(name: str, path: str, sign: str) -> None:
    found = ingress(OWN, "a.local", name)
    found["spec"]["rules"][0]["http"] = {"paths": [{"path": path}]}
    assert health._signs(found) == (sign,)


def test_connections_are_told_where_the_database_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.objects, "external", lambda _: set())
    monkeypatch.setattr(health, "get", lambda *_: [])
    figures = {"used": 3, "most": 428}
    answer = {"database": None, "figures": figures, "store": None, "drives": []}
    monkeypatch.setattr(health, "kubectl", lambda *_, **__: json.dumps(answer))
    database, _ = health._inside(REQUEST)
    assert (database.text, database.figures) == ("answers MLflow, 3 of 428 connections", figures)
