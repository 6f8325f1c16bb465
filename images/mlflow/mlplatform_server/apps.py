"""What uvicorn serves in place of MLflow's apps: the same, noted and, where asked for, counted."""

import os
from collections.abc import Sequence

from starlette.types import ASGIApp

from mlplatform_server.access_log import Logged

APPS = {
    "mlflow.server.fastapi_app:app": "mlplatform_server.apps:open_app",
    "mlflow.server.auth:create_app": "mlplatform_server.apps:authorized_app",
}
"""MLflow's apps, and what each is replaced with."""
METRICS_PORT = "MLPLATFORM_METRICS_PORT"
"""The variable that names the port where the server tells what it counts; without it, nowhere."""


def replaced(command: Sequence[str]) -> list[str]:
    """Return the command that serves ours.

    Args:
        command: uvicorn's, which ends with MLflow's app.
    """
    *options, app = command
    if app not in APPS:
        return list(command)
    factory = [] if "--factory" in options else ["--factory"]
    return [*options, *factory, APPS[app]]


def open_app() -> ASGIApp:
    """Make what `mlflow server` serves."""
    import mlflow.server
    from mlflow.server.fastapi_app import app

    from mlplatform_server import readiness

    readiness.add_to(mlflow.server.app)
    return Logged(_counted(app))


def authorized_app() -> ASGIApp:
    """Make what `mlflow server --app-name basic-auth` serves, with its holes closed."""
    from mlplatform_server.authorization import create_app

    return Logged(_counted(create_app()), names_users=True)


def _counted(app: ASGIApp) -> ASGIApp:
    port = os.environ.get(METRICS_PORT)
    if port is None:
        return app
    from mlplatform_server.monitoring import published

    return published(app, int(port))
