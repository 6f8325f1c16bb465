"""MLflow's server as the image starts it with basic auth, which also writes down its routes.

Run as a process of its own: there is one app in a process, and it keeps what it was started with.
"""

import importlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import sqlalchemy
import sqlalchemy.event
import uvicorn

from mlplatform_server import __main__ as server

OPTIONS = [
    "--app-name=basic-auth",
    "--workers=1",
    "--host=127.0.0.1",
    "--default-artifact-root=mlflow-artifacts:/",
]


def routes(app: Any) -> list[tuple[str, str]]:
    """Return method and path of each route of the app: FastAPI's own, and those of Flask in it.

    What a request fills in is written as FastAPI does: `{name}`, or `{name:path}` with slashes.
    """
    from mlflow.server import app as flask_app

    native = [
        (method, context.path)
        for route in app.routes
        if hasattr(route, "effective_route_contexts")
        for context in route.effective_route_contexts()
        for method in context.methods or ()
    ]
    wrapped = [
        (method, re.sub(r"<(path)?:?(\w+)>", r"{\2:\1}", rule.rule).replace(":}", "}"))
        for rule in flask_app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    return sorted({*native, *wrapped})


def without_notes(app: Any) -> Any:
    """Return MLflow's app of one that notes what that answers."""
    return without_notes(app._app) if hasattr(app, "_app") else app


def graphql_fields() -> list[str]:
    """Return what GraphQL can be asked for, as a request begins: `query { mlflowGetRun`."""
    from mlflow.server.graphql.graphql_schema_extensions import schema

    app: Any = schema.graphql_schema
    kinds = {"query": app.query_type.fields, "mutation": app.mutation_type.fields}
    return [f"{kind} {{ {field}" for kind, fields in kinds.items() for field in fields]


def care_for_no_crash(connection: Any, _record: object) -> None:
    """Let SQLite wait for no disk: the data go with the test."""
    connection.execute("PRAGMA synchronous = OFF")


def serve(args: list[str]) -> None:
    """Be uvicorn's command, for the app that it is given, and say what it has before it starts."""
    module, _, name = args[-1].partition(":")
    app = getattr(importlib.import_module(module), name)()
    known = {"routes": routes(without_notes(app)), "graphql_fields": graphql_fields()}
    Path(os.environ["ROUTES"]).write_text(json.dumps(known))
    uvicorn.run(app, port=int(args[args.index("--port") + 1]), log_level="warning")


if __name__ == "__main__":
    uvicorn.main = serve
    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", care_for_no_crash)
    sys.argv = ["mlflow", "server", *OPTIONS, *sys.argv[1:]]
    server.main()
