"""The command `mlflow`, but its `server` is one process, and waits for what Jobs prepare.

MLflow's own imports everything, starts uvicorn as a second process, which imports everything again,
and waits for it: near twice the time until the first answer, and 160 MB for waiting.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import uvicorn

from mlplatform_server import apps, keys, users
from mlplatform_server.database import require_migrated
from mlplatform_server.migration import migrate
from mlplatform_server.waiting import wait_for

COUNTERS = "mlflow.server.otlp_metrics"
"""Declares counters when it is imported, where there is a prometheus_client."""


def serve_here(start_process: Callable[..., Any], command: Sequence[str], **options: Any) -> Any:
    """Be what `mlflow server` would start.

    Args:
        start_process: starts it after all, where MLflow's job runner has to come beside it.
        command: what it would start.
        options: how; `extra_env` holds MLflow's private settings for the server.

    Returns:
        What `start_process` returns; otherwise the end of the server is the end of this process.
    """
    from mlflow.server.constants import HUEY_STORAGE_PATH_ENV_VAR

    command = apps.replaced(command)
    settings = options["extra_env"]
    if command[1:3] != ["-m", "uvicorn"] or HUEY_STORAGE_PATH_ENV_VAR in settings:
        return start_process(command, **options)
    os.environ.update(settings)
    # Some settings are read when these modules are imported, so they have to be again; what takes
    # its time to import lies below them and stays, as do counters, which nobody may declare twice.
    for name in [name for name in sys.modules if f"{name}.".startswith("mlflow.server.")]:
        if name != COUNTERS:
            del sys.modules[name]
    return uvicorn.main(args=command[3:])


def end(signal_number: int, _frame: object) -> None:
    """Leave at once, as a shell would report it: nothing is served yet, so nothing is lost."""
    sys.exit(128 + signal_number)


def main() -> None:
    """Run the command."""
    # The kernel ignores it for a process 1 that does not say what to do; uvicorn says so later.
    signal.signal(signal.SIGTERM, end)
    # Looking for garbage among half a million objects that all stay costs a sixth of the start.
    gc.disable()
    import mlflow.server
    from mlflow.cli import cli

    gc.freeze()
    gc.enable()
    server: Any = mlflow.server  # its functions are private, so tests/images look at them
    if sys.argv[1:2] == ["server"]:
        _wait_for_database(server)
        _wait_for_bucket()
    server._exec_cmd = partial(serve_here, server._exec_cmd)
    cli(prog_name="mlflow")


def _wait_for_database(server: Any) -> None:
    """Wait until the schema is there, all that takes its time to import being imported by then.

    Where the Job leaves it to the servers of a new stack, the first of them makes it.
    """
    uri = os.environ.get("MLFLOW_BACKEND_STORE_URI", "")
    if uri.startswith("postgresql"):
        artifact_root = os.environ.get("MLPLATFORM_ARTIFACT_ROOT")
        if artifact_root:
            migrate(uri, artifact_root)
            gc.collect()  # Until then, what MLflow has migrated with keeps its connections.
        else:
            wait_for("The migrated database", partial(require_migrated, uri), deadline_s=60)
        keys.take_over(uri)
    users_uri = users.configuration().get("database_uri", "")
    if users_uri.startswith("postgresql"):
        wait_for("The database of users", partial(users.require_prepared, users_uri), deadline_s=60)
        # What the migration Job has done; it would import all that basic auth is made of, twice.
        server._bootstrap_basic_auth = lambda: None


def _wait_for_bucket() -> None:
    """Wait for the bucket where nobody else does: this server's first answer ends the update.

    By the end of that wait an update has failed. Without its store a server that is started anew
    is good for all but artifacts.
    """
    bucket = os.environ.get("MLPLATFORM_AWAITED_BUCKET")
    if bucket:
        from mlplatform_server import store

        try:
            wait_for("The bucket", partial(store.require_bucket, bucket), deadline_s=60)
        except SystemExit as reason:
            print(f"Artifacts cannot be had: {reason}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
