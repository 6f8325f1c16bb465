"""What MLflow's server counts of its requests and its database pools."""

import asyncio
from typing import Any

import pytest
import sqlalchemy
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from mlplatform_server.monitoring import Counted, Pools, family_of


@pytest.mark.parametrize(
    ("path", "family"),
    [
        ("/api/2.0/mlflow/experiments/search", "experiments"),
        ("/ajax-api/2.0/mlflow/runs/log-metric", "runs"),
        ("/ajax-api/2.0/mlflow/metrics/get-history-bulk", "runs"),
        ("/api/2.0/mlflow/model-versions/search", "models"),
        ("/api/2.0/mlflow-artifacts/artifacts/1/a/artifacts/x", "artifacts"),
        ("/get-artifact", "artifacts"),
        ("/v1/traces", "traces"),
        ("/api/3.0/mlflow/traces/search", "traces"),
        ("/api/2.0/mlflow/users/get", "users"),
        ("/health/database", "health"),
        ("/", "ui"),
        ("/static-files/main.js", "ui"),
        ("/wp-login.php", "other"),
        ("/api/2.0/mlflow/anything-a-client-makes-up", "other"),
    ],
)
def test_a_path_is_of_one_of_few_families(path: str, family: str) -> None:
    assert family_of(path) == family


def ask(app: Any, path: str, body: bytes = b"", kind: str = "http") -> list[dict[str, Any]]:
    """Let an ASGI app answer one request."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app({"type": kind, "path": path}, receive, send))
    return sent


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"] * 2})


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"mlplatform_mlflow_{name}", labels)


def test_requests_are_counted_by_family_and_status_and_answered_as_before() -> None:
    registry = CollectorRegistry()
    sent = ask(Counted(echo, registry), "/api/2.0/mlflow/runs/get", b"body")
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[1]["body"] == b"bodybody"
    assert value(registry, "requests_total", family="runs", status="200") == 1
    assert value(registry, "request_seconds_count", family="runs") == 1
    assert value(registry, "in_flight") == 0
    assert value(registry, "artifact_bytes_total", direction="in") == 0


def test_bytes_of_artifacts_are_counted_both_ways() -> None:
    registry = CollectorRegistry()
    ask(Counted(echo, registry), "/api/2.0/mlflow-artifacts/artifacts/1/a", b"12345")
    assert value(registry, "artifact_bytes_total", direction="in") == 5
    assert value(registry, "artifact_bytes_total", direction="out") == 10


def test_an_app_that_breaks_is_an_error_of_the_server_and_one_left_alone_is_none() -> None:
    registry = CollectorRegistry()

    async def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    async def left(*_: Any) -> None:
        return

    with pytest.raises(RuntimeError, match="broken"):
        ask(Counted(broken, registry), "/")
    assert value(registry, "requests_total", family="ui", status="500") == 1
    assert value(registry, "in_flight") == 0
    ask(Counted(left, CollectorRegistry()), "/")


def test_what_is_no_request_is_not_counted() -> None:
    registry = CollectorRegistry()

    async def app(*_: Any) -> None:
        return

    ask(Counted(app, registry), "/", kind="lifespan")
    assert value(registry, "request_seconds_count", family="ui") is None


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> CollectorRegistry:
    monkeypatch.setattr(QueuePool, "_do_get", QueuePool._do_get)
    registry = CollectorRegistry()
    Pools(registry).watch()
    return registry


def test_connections_in_use_and_waited_for_are_told(pools: CollectorRegistry) -> None:
    engine = sqlalchemy.create_engine(
        "sqlite://", poolclass=QueuePool, pool_size=1, max_overflow=1, pool_timeout=0.05
    )
    with engine.connect(), engine.connect():
        assert value(pools, "database_pool_used", pool="1") == 2
        assert value(pools, "database_pool_limit", pool="1") == 2
        with pytest.raises(PoolTimeout):
            engine.connect()
        assert value(pools, "database_pool_wait_seconds_bucket", le="0.025") == 2
        assert (value(pools, "database_pool_wait_seconds_sum") or 0) >= 0.05
    assert value(pools, "database_pool_used", pool="1") == 0
    assert value(pools, "database_pool_waiting") == 0
