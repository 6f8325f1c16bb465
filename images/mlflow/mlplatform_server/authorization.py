"""MLflow's basic auth, with what 3.17.2 leaves open between its users closed.

Each function closes what one user could do to another's things, as tests/authorization shows, and
goes when MLflow does so itself.
"""

import re
from collections.abc import Awaitable, Callable, Collection
from functools import wraps
from typing import Any

import mlflow.server
from fastapi import FastAPI, Request
from flask import request
from mlflow.entities import Span, TraceInfo
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, PERMISSION_DENIED
from mlflow.protos.service_pb2 import CreateExperiment
from mlflow.server import auth, handlers
from mlflow.store.tracking import sqlalchemy_store
from mlflow.store.tracking.dbmodels.models import SqlTraceInfo
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow.utils.uri import append_to_uri_path

from mlplatform_server import readiness

_Validator = Callable[[str, Request], Awaitable[bool]]
_RUN_NAMES = ("run_id", "runId", "run_uuid", "runUuid")


def create_app() -> FastAPI:
    """Make what `mlflow server --app-name basic-auth` serves, with the holes closed."""
    _keep_traces_in_their_experiment(SqlAlchemyStore)
    _read_traces_from_their_experiment()
    _ask_for_the_run_of_spans()
    _know_admins_as_long_as_logins()
    readiness.add_to(mlflow.server.app)
    app: Any = auth.create_app()
    # Registered later, so they run for whom MLflow itself has let through.
    for refusal in (_refuse_two_places, _refuse_two_names, _refuse_what_is_for_admins):
        mlflow.server.app.before_request(handlers.catch_mlflow_exception(refusal))
    return app


def _refuse_two_places() -> None:
    """Arguments of a GET or DELETE come in the query or in the body.

    MLflow asks for the permission on what the one names, and acts on what the other does.
    """
    if request.method in ("GET", "DELETE") and request.query_string and request.get_data():
        _refuse("Arguments belong into the query or into the body, not into both")


def _refuse_two_names() -> None:
    """A request names one thing.

    MLflow asks for the permission on `run_id`, and writes to `run_uuid` or `runId`; or for that on
    what the path names, and writes to what the body does.
    """
    body = request.get_json(force=True, silent=True)
    sent = body if isinstance(body, dict) else {}
    runs = [request.args.getlist(name) for name in _RUN_NAMES if name in request.args]
    runs += [[sent[name]] for name in _RUN_NAMES if name in sent]
    if any(run != runs[0] for run in runs):
        _refuse("run_id and run_uuid are two names of one thing and must not differ")
    for name, value in (request.view_args or {}).items():
        camel = re.sub("_(.)", lambda letter: letter[1].upper(), name)
        if any(sent[spelled] != value for spelled in (name, camel) if spelled in sent):
            _refuse(f"{name} is not the same in the path and in the body")


def _refuse_what_is_for_admins() -> None:
    """Two calls that MLflow lets every user make.

    Roles name what others have. And the server reads from where an experiment has its artifacts,
    with a key that reads all.
    """
    reads_roles = request.endpoint in ("get_role", "list_roles", "list_role_permissions")
    creates_experiment = request.endpoint == "_create_experiment"
    if not (reads_roles or creates_experiment) or auth.sender_is_admin():
        return
    if reads_roles:
        _refuse("Only an admin reads roles", PERMISSION_DENIED)
    if handlers._get_request_message(CreateExperiment()).artifact_location:
        _refuse("Only an admin chooses where an experiment has its artifacts", PERMISSION_DENIED)


def _know_admins_as_long_as_logins() -> None:
    """Flask's routes ask the database at every request who is an admin, 2 ms of a small one.

    FastAPI's take that from the login that is remembered, and so do all of them here: a change
    made in another pod is known `auth_cache_ttl_seconds` later, as another password is.
    """

    def sender_is_admin() -> bool:
        sent: Any = auth.authenticate_request()
        user = auth._authenticate_cached(sent.username, sent.password)
        return user is not None and user.is_admin

    auth.sender_is_admin = sender_is_admin


def _ask_for_the_run_of_spans() -> None:
    """OpenTelemetry's spans may name a run that they are linked to: who may change it may that."""
    validator_of = auth._get_otel_validator

    def with_run(path: str) -> _Validator:
        may_send = validator_of(path)

        async def validator(username: str, request: Request) -> bool:
            if not await may_send(username, request):
                return False
            run_id = request.headers.get("x-mlflow-run-id")
            if not run_id:
                return True
            needed = auth._run_requirement(run_id, "update")
            return needed is not None and auth.authorize(username, *needed)

        return validator

    auth._get_otel_validator = with_run


def _keep_traces_in_their_experiment(store: type[SqlAlchemyStore]) -> None:
    """Who knew a trace's id could send it again with an own experiment, and had it there."""
    start_trace, log_spans = store.start_trace, store.log_spans

    def start(self: SqlAlchemyStore, trace_info: TraceInfo) -> TraceInfo:
        _require_none_elsewhere(self, str(trace_info.experiment_id), [trace_info.trace_id])
        return start_trace(self, trace_info)

    def log(
        self: SqlAlchemyStore, location: str, spans: list[Span], tracking_uri: str | None = None
    ) -> list[Span]:
        _require_none_elsewhere(self, location, {span.trace_id for span in spans})
        return log_spans(self, location, spans, tracking_uri)

    store.start_trace, store.log_spans = start, log


def _require_none_elsewhere(
    store: SqlAlchemyStore, experiment_id: str, trace_ids: Collection[str]
) -> None:
    with store.ManagedSessionMaker() as session:
        elsewhere = (
            session.query(SqlTraceInfo.request_id)
            .filter(SqlTraceInfo.request_id.in_(trace_ids))
            .filter(SqlTraceInfo.experiment_id != int(experiment_id))
            .first()
        )
    if elsewhere:
        _refuse("A trace stays in the experiment that it began in", PERMISSION_DENIED)


def _read_traces_from_their_experiment() -> None:
    """Where a trace's data lies is a tag, which its owner may set to a place of others."""

    def own(location_of: Callable[[TraceInfo], str]) -> Callable[[TraceInfo], str]:
        @wraps(location_of)
        def checked(trace_info: TraceInfo) -> str:
            location = location_of(trace_info)
            store: Any = handlers._get_tracking_store()
            root = store.get_experiment(str(trace_info.experiment_id)).artifact_location
            folder = SqlAlchemyStore.TRACE_FOLDER_NAME
            if location != append_to_uri_path(root, folder, trace_info.trace_id, "artifacts"):
                _refuse("The data of this trace lie outside of its experiment", PERMISSION_DENIED)
            return location

        return checked

    for module, name in (
        (handlers, "get_artifact_uri_for_trace"),
        (handlers, "get_archive_uri_for_trace"),
        (sqlalchemy_store, "get_archive_uri_for_trace"),
    ):
        setattr(module, name, own(getattr(module, name)))


def _refuse(reason: str, code: int = INVALID_PARAMETER_VALUE) -> None:
    raise MlflowException(reason, error_code=code)
