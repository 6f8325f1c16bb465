"""Tells Kubernetes, which has no password, whether the server reaches its database."""

from flask import Flask

PATH = "/health/database"
"""Below /health, which MLflow's basic auth lets anybody ask."""


def add_to(app: Flask) -> None:
    """Let an app answer at PATH: 200, or MLflow's own error, 503, while the database is away."""
    from mlflow.server.handlers import _get_tracking_store, catch_mlflow_exception

    @catch_mlflow_exception
    def answer() -> str:
        _get_tracking_store().search_experiments(max_results=1)
        return "OK"

    app.add_url_rule(PATH, view_func=answer)
