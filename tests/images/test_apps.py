"""What stands around MLflow's own apps."""

import json
import socket
import urllib.request

import mlflow.server
import pytest
from sqlalchemy.pool import QueuePool
from starlette.types import Receive, Scope, Send

from mlplatform_server import apps
from tests.images.serving.asgi import ask


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """A free port; what the metrics patch is put back with the test."""
    monkeypatch.setattr(QueuePool, "_do_get", QueuePool._do_get)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_requests_are_noted_and_counted_where_metrics_are_asked_for(
    port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(apps.METRICS_PORT, str(port))
    # Other tests of this process have asked MLflow's app, which takes no more routes from then on.
    monkeypatch.setattr(mlflow.server.app, "_got_first_request", False)
    said = ask(apps.open_app(), "/health", method="GET")
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert (said.status, said.headers["x-request-id"]) == (200, line["id"])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as told:
        counted = 'mlplatform_mlflow_requests_total{family="health",status="200"} 1.0'
        assert counted in told.read().decode()


def test_nothing_listens_where_nobody_asked_for_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    async def served(_scope: Scope, _receive: Receive, _send: Send) -> None:
        """An app."""

    monkeypatch.delenv(apps.METRICS_PORT, raising=False)
    assert apps._counted(served) is served
