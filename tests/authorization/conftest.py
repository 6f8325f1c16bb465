import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from images.names import ROOM
from mlplatform.server import environment
from smoke_tests.wait import wait_until
from tests import processes
from tests.authorization import server
from tests.authorization.matrix import Route
from tests.authorization.stage import ADMIN, PASSWORD, Stage

START_TIMEOUT_S = 120


@dataclass(frozen=True)
class Server:
    """MLflow's server with basic auth.

    Attributes:
        address: where it is.
        routes: what its app has.
        graphql_fields: what its GraphQL can be asked for.
    """

    address: str
    routes: tuple[Route, ...]
    graphql_fields: tuple[str, ...]


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place, port = tmp_path_factory.mktemp("mlflow"), processes.unused_port()
    (place / "auth.ini").write_text(
        "[mlflow]\n"
        "default_permission = NO_PERMISSIONS\n"
        f"database_uri = sqlite:///{place}/auth.db\n"
        f"admin_username = {ADMIN}\n"
        "auth_cache_ttl_seconds = 600\n"
    )
    variables = {
        **os.environ,
        **environment(
            artifacts="proxied",
            public_host="mlflow-server.local",
            namespace="namespace-of-a-test",
            s3_endpoint_url="http://127.0.0.1:1",
            bucket="mlflow",
            region="us-east-1",
        ),
        "PYTHONPATH": str(ROOM / "mlflow"),
        "ROUTES": f"{place}/routes.json",
        "MLFLOW_AUTH_CONFIG_PATH": f"{place}/auth.ini",
        "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "key-of-a-test",
    }
    command = [
        sys.executable,
        server.__file__,
        f"--port={port}",
        f"--backend-store-uri=sqlite:///{place}/mlflow.db",
        f"--artifacts-destination={place}/artifacts",
    ]
    address = f"http://127.0.0.1:{port}"
    with (place / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=place, env=variables, stdout=log, stderr=log)
    try:
        wait_until(
            lambda: requests.get(f"{address}/health", timeout=5).ok,
            timeout_s=START_TIMEOUT_S,
            describe=f"MLflow is ready; its log is {place / 'log'}",
        )
        known = json.loads((place / "routes.json").read_text())
        routes = tuple(Route(*route) for route in known["routes"])
        yield Server(address, routes, tuple(known["graphql_fields"]))
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def stage(mlflow_server: Server) -> Stage:
    return Stage(mlflow_server.address)
