import inspect
import os
import signal
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import mlflow.server
import pytest
import uvicorn
from mlflow.server.constants import HUEY_STORAGE_PATH_ENV_VAR

from mlplatform_server import __main__ as server
from mlplatform_server.__main__ import COUNTERS, serve_here
from mlplatform_server.waiting import NotYet, wait_for

UVICORN = [sys.executable, "-m", "uvicorn", "--port=1", "mlflow.server.fastapi_app:app"]


def start_process(*_arguments: Any, **_options: Any) -> str:
    return "a second process"


@pytest.fixture(autouse=True)
def modules() -> Iterator[None]:
    """The test's process gets its own modules back."""
    before, environment = dict(sys.modules), dict(os.environ)
    yield
    sys.modules.update(before)
    os.environ.clear()
    os.environ.update(environment)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments that uvicorn was run with in this process."""
    runs: list[list[str]] = []
    monkeypatch.setattr(uvicorn, "main", lambda args: runs.append(args))
    return runs


def test_the_server_is_this_process(served: list[list[str]]) -> None:
    serve_here(start_process, UVICORN, extra_env={"_MLFLOW_SERVER_FILE_STORE": "sqlite://"})
    assert served == [["--port=1", "--factory", "mlplatform_server.apps:open_app"]]
    assert os.environ["_MLFLOW_SERVER_FILE_STORE"] == "sqlite://"


def test_basic_auth_is_the_one_with_its_holes_closed(served: list[list[str]]) -> None:
    command = [*UVICORN[:-1], "--factory", "mlflow.server.auth:create_app"]
    serve_here(start_process, command, extra_env={})
    assert served == [["--port=1", "--factory", "mlplatform_server.apps:authorized_app"]]


def test_what_mlflow_reads_while_it_is_imported_is_read_again(served: list[list[str]]) -> None:
    stale, other = ModuleType("mlflow.server.stale"), ModuleType("mlflow.servers")
    sys.modules |= {stale.__name__: stale, other.__name__: other}
    serve_here(start_process, UVICORN, extra_env={})
    assert served
    again = [name for name in sys.modules if f"{name}.".startswith("mlflow.server.")]
    assert again in ([], [COUNTERS])
    assert "mlflow.servers" in sys.modules


def test_counters_are_declared_once_in_a_process(served: list[list[str]]) -> None:
    import_module(COUNTERS)
    serve_here(start_process, UVICORN, extra_env={})
    assert served
    assert import_module(COUNTERS).SPANS_INGESTED is not None
    del sys.modules["mlflow.servers"]


@pytest.mark.parametrize(
    ("command", "settings"),
    [
        (UVICORN, {HUEY_STORAGE_PATH_ENV_VAR: "/tmp/jobs"}),
        ([sys.executable, "-m", "gunicorn", "mlflow.server:app"], dict[str, str]()),
    ],
)
def test_what_needs_a_second_process_has_one(
    command: list[str], settings: dict[str, str], served: list[list[str]]
) -> None:
    assert serve_here(start_process, command, extra_env=settings) == "a second process"
    assert not served


def test_mlflow_still_starts_its_server_where_we_take_its_place(
    monkeypatch: pytest.MonkeyPatch, served: list[list[str]]
) -> None:
    class Ended(Exception):
        pass

    def end(command: list[str], **options: Any) -> None:
        serve_here(start_process, command, **options)
        raise Ended

    monkeypatch.setattr(mlflow.server, "_exec_cmd", end)
    monkeypatch.setenv("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    with pytest.raises(Ended):
        mlflow.server._run_server(
            file_store_path="sqlite://",
            registry_store_uri="sqlite://",
            default_artifact_root="mlflow-artifacts:/",
            serve_artifacts=True,
            artifacts_only=False,
            artifacts_destination="s3-proxied://mlflow/artifacts",
            host="127.0.0.1",
            port=1,
            workers=1,
        )
    assert served[0][-1] == "mlplatform_server.apps:open_app"
    assert os.environ["_MLFLOW_SERVER_ARTIFACT_DESTINATION"] == "s3-proxied://mlflow/artifacts"


def test_a_server_that_still_waits_for_the_migration_ends_on_sigterm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wait(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("it went on waiting")

    # Whatever the test's process does on SIGTERM otherwise is not what process 1 does.
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    monkeypatch.setattr(sys, "argv", ["mlflow", "server"])
    monkeypatch.setattr(server, "_wait_for_database", wait)
    try:
        with pytest.raises(SystemExit) as ended:
            server.main()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 128 + signal.SIGTERM


@pytest.mark.parametrize("artifact_root", ["mlflow-artifacts:/", ""])
def test_a_server_of_a_new_stack_makes_the_schema_and_any_other_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, artifact_root: str
) -> None:
    uri, done = "postgresql://database/mlflow", list[tuple[str, ...]]()
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", uri)
    monkeypatch.setenv("MLPLATFORM_ARTIFACT_ROOT", artifact_root)
    monkeypatch.setattr(server, "migrate", lambda *given: done.append(given))
    monkeypatch.setattr(server, "wait_for", lambda what, *_, **__: done.append((what,)))
    monkeypatch.setattr("mlplatform_server.keys.take_over", lambda *_: None)
    server._wait_for_database(mlflow.server)
    assert done == [(uri, artifact_root) if artifact_root else ("The migrated database",)]


def test_a_server_whose_bucket_does_not_come_is_good_for_all_but_artifacts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(bucket: str) -> None:
        raise NotYet(f"no {bucket}")

    def ask_once(what: str, ask: Callable[[], None], *, deadline_s: float) -> None:
        wait_for(what, ask, deadline_s=0 * deadline_s)

    monkeypatch.setenv("MLPLATFORM_AWAITED_BUCKET", "mlflow")
    monkeypatch.setattr("mlplatform_server.store.require_bucket", ask)
    monkeypatch.setattr(server, "wait_for", ask_once)
    server._wait_for_bucket()
    assert "Artifacts cannot be had: The bucket did not answer" in capsys.readouterr().err


def test_mlflow_still_prepares_its_users_where_we_take_its_place() -> None:
    private: Any = mlflow.server
    assert callable(private._bootstrap_basic_auth)
    assert "_bootstrap_basic_auth()" in inspect.getsource(private._run_server)
