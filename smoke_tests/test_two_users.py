"""Of two users neither reads, changes or takes over what the other has, but where that was allowed.

The whole matrix is offline, in tests/authorization; here are those of its cells that depend on what
a stack is made of: its database, its store and the ingress.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from smoke_tests.client import http_session
from smoke_tests.settings import Settings

TIMEOUT_S = 20
API, API3 = "/api/2.0/mlflow", "/api/3.0/mlflow"
READ, WRITE, NEVER = "read", "write", "never"
_READERS = ("READ", "USE", "EDIT", "MANAGE")
_WRITERS = ("EDIT", "MANAGE")


@dataclass(frozen=True)
class User:
    """A plain user.

    Attributes:
        name: of the user.
        http: a session that has signed in.
        tracking_uri: the server.
        things: what the user has made.
    """

    name: str
    http: requests.Session
    tracking_uri: str
    things: dict[str, str]

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request and return the answer, whatever it says."""
        return self.http.request(method, self.tracking_uri + path, timeout=TIMEOUT_S, **options)

    def make(self, path: str, **body: Any) -> Any:
        """Send a POST, which must be good, and return its answer."""
        answer = self.send("POST", path, json=body)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()


@dataclass(frozen=True)
class Two:
    """Two users.

    Attributes:
        owner: who has made something.
        other: who asks for it.
        permission: what the other may do with what the owner has made.
    """

    owner: User
    other: User
    permission: str


@pytest.fixture(scope="module")
def two(settings: Settings, label: str) -> Iterator[Two]:
    if settings.login is None:
        pytest.skip("auth is off")
    admin = User(settings.login[0], http_session(settings), settings.tracking_uri, {})
    made: list[User] = []
    try:
        for name in (f"{label}-owner", f"{label}-other"):
            login = (name, secrets.token_urlsafe(24))
            admin.make(f"{API}/users/create", username=login[0], password=login[1])
            session = http_session(settings)
            session.auth = login
            made.append(User(name, session, settings.tracking_uri, {}))
            made[-1].things.update(things_of(made[-1], label))
        owner, other = made
        asked = {
            "username": other.name,
            "resource_type": "experiment",
            "resource_id": owner.things["experiment"],
        }
        found = admin.send("GET", f"{API3}/users/permissions/get", params=asked).json()
        yield Two(owner, other, found["permission"])
    finally:
        for user in made:
            gone = admin.send("DELETE", f"{API}/users/delete", json={"username": user.name})
            assert gone.ok, gone.text


def things_of(user: User, label: str) -> dict[str, str]:
    """Make one of each for a user."""
    experiment = user.make(f"{API}/experiments/create", name=f"{user.name}-users")["experiment_id"]
    run = user.make(f"{API}/runs/create", experiment_id=experiment, start_time=1)
    run_id = run["run"]["info"]["run_id"]
    model_id = user.make(f"{API}/logged-models", experiment_id=experiment, name="model")["model"][
        "info"
    ]["model_id"]
    user.make(f"{API}/registered-models/create", name=user.name)
    user.make(
        f"{API}/model-versions/create",
        name=user.name,
        source=f"models:/{model_id}",
        model_id=model_id,
    )
    is_prompt = {"key": "mlflow.prompt.is_prompt", "value": "true"}
    user.make(f"{API}/registered-models/create", name=f"{user.name}-prompt", tags=[is_prompt])
    trace = f"tr-{secrets.token_hex(16)}"
    user.make(f"{API3}/traces", **start_of(trace, experiment))
    return {
        "experiment": experiment,
        "run": run_id,
        "logged_model": model_id,
        "model": user.name,
        "prompt": f"{user.name}-prompt",
        "trace": trace,
        "artifacts": f"{experiment}/{run_id}/artifacts",
        "label": label,
    }


def start_of(trace: str, experiment: str) -> dict[str, Any]:
    """The body that starts a trace."""
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    info = {"trace_id": trace, "trace_location": location, "state": "OK"}
    return {"trace": {"trace_info": info | {"request_time": "2026-01-01T00:00:00Z"}}}


PROXY = "/api/2.0/mlflow-artifacts"
VERSION = {"name": "$model", "version": "1"}
MINE = {"name": "$my_model"}
# What is asked for: the owner's `$thing`, or `$my_thing` of who asks, and what that needs.
CELLS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a run": ("GET", f"{API}/runs/get?run_id=$run", {}, READ),
    "its artifacts": ("GET", f"{API}/artifacts/list?run_id=$run", {}, READ),
    "a proxied list": ("GET", f"{PROXY}/artifacts?path=$artifacts", {}, READ),
    "a proxied download": ("GET", f"{PROXY}/artifacts/$artifacts/a.txt", {}, READ),
    "a signed download": ("GET", f"{PROXY}/presigned/$artifacts/a.txt", {}, READ),
    "a download by run": ("GET", "/get-artifact?run_id=$run&path=a.txt", {}, READ),
    "a signed URL": (
        "POST",
        f"{API}/artifacts/presigned-download-url",
        {"run_id": "$run", "path": "a.txt"},
        READ,
    ),
    "a trace": ("GET", f"{API3}/traces/$trace", {}, READ),
    "a version": ("GET", f"{API}/model-versions/get?name=$model&version=1", {}, READ),
    "a version's file": (
        "GET",
        "/model-versions/get-artifact?name=$model&version=1&path=a",
        {},
        READ,
    ),
    "a prompt": ("GET", f"{API}/registered-models/get?name=$prompt", {}, READ),
    "a version of a model": (
        "POST",
        f"{API}/model-versions/create",
        MINE | {"source": "models:/$model/1"},
        READ,
    ),
    "a version of a logged model": (
        "POST",
        f"{API}/model-versions/create",
        MINE | {"source": "models:/$logged_model", "model_id": "$logged_model"},
        READ,
    ),
    "a metric": (
        "POST",
        f"{API}/runs/log-metric",
        {"run_id": "$run", "key": "a", "value": 1, "timestamp": 1},
        WRITE,
    ),
    "inputs": ("POST", f"{API}/runs/log-inputs", {"run_id": "$run", "datasets": []}, WRITE),
    "a proxied upload": ("PUT", f"{PROXY}/artifacts/$artifacts/b.txt", {}, WRITE),
    "a multipart upload": (
        "POST",
        f"{PROXY}/mpu/create/$artifacts/c.bin",
        {"path": "c.bin", "num_parts": 1},
        WRITE,
    ),
    "a signed upload": (
        "POST",
        f"{API}/artifacts/presigned-upload-url",
        {"run_id": "$run", "path": "d.txt"},
        WRITE,
    ),
    "a trace's tag": ("PATCH", f"{API3}/traces/$trace/tags", {"key": "a", "value": "b"}, WRITE),
    "a version's text": (
        "PATCH",
        f"{API}/model-versions/update",
        VERSION | {"description": "d"},
        WRITE,
    ),
    "a prompt's text": (
        "PATCH",
        f"{API}/registered-models/update",
        {"name": "$prompt", "description": "d"},
        WRITE,
    ),
    "webhooks": ("GET", f"{API}/webhooks", {}, NEVER),
    "a webhook": ("POST", f"{API}/webhooks", {"name": "w", "url": "https://example.com"}, NEVER),
    "a user": ("POST", f"{API}/users/create", {"username": "u", "password": "p" * 12}, NEVER),
    "an admin": (
        "PATCH",
        f"{API}/users/update-admin",
        {"username": "$my_model", "is_admin": True},
        NEVER,
    ),
    "roles": ("GET", f"{API3}/roles/list?workspace=default", {}, NEVER),
    "a place of artifacts": (
        "POST",
        f"{API}/experiments/create",
        {"name": "$my_model-elsewhere", "artifact_location": "mlflow-artifacts:/$experiment"},
        NEVER,
    ),
    "the assistant": ("PUT", "/ajax-api/3.0/mlflow/assistant/config", {"projects": {}}, NEVER),
    # What MLflow itself lets through: see images/mlflow/mlplatform_server/authorization.py.
    "a run by its other name": (
        "POST",
        f"{API}/runs/log-metric",
        {"run_uuid": "$my_run", "runId": "$run", "key": "a", "value": 1, "timestamp": 1},
        NEVER,
    ),
    "a model by the body": (
        "PATCH",
        f"{API}/logged-models/$my_logged_model",
        {"model_id": "$logged_model", "status": "LOGGED_MODEL_UPLOAD_FAILED"},
        NEVER,
    ),
    "a deletion by the body": (
        "DELETE",
        f"{API}/registered-models/delete?name=$my_model",
        {"name": "$model"},
        NEVER,
    ),
    "a trace taken over": ("POST", f"{API3}/traces", start_of("$trace", "$my_experiment"), NEVER),
}


@pytest.mark.parametrize("cell", CELLS)
def test_each_may_what_is_documented_and_nothing_else(two: Two, cell: str) -> None:
    method, path, body, needs = CELLS[cell]
    may = {READ: two.permission in _READERS, WRITE: two.permission in _WRITERS, NEVER: False}
    answer = two.other.send(method, fill(path, two), **content(method, fill(body, two)))
    refused = answer.status_code in ((400, 403) if needs == NEVER else (403,))
    assert refused is not may[needs], f"{answer.status_code} {answer.text[:300]}"


def content(method: str, body: Any) -> dict[str, Any]:
    return {"data": b"content"} if method == "PUT" and not body else {"json": body} if body else {}


def fill(asked: Any, two: Two) -> Any:
    """Put in the things of the two users."""
    if isinstance(asked, dict):
        return {key: fill(value, two) for key, value in asked.items()}
    if not isinstance(asked, str):
        return asked
    mine = re.sub(r"\$my_(\w+?)(?=\W|$)", lambda found: two.other.things[found[1]], asked)
    return re.sub(r"\$(\w+)", lambda found: two.owner.things[found[1]], mine)


def test_the_owner_may_do_all_of_it(two: Two) -> None:
    for method, path, body, needs in CELLS.values():
        if needs in (READ, WRITE):
            mine = Two(two.owner, two.owner, "MANAGE")
            answer = two.owner.send(method, fill(path, mine), **content(method, fill(body, mine)))
            assert answer.status_code not in (401, 403), f"{path}: {answer.text[:300]}"


def test_graphql_tells_only_whom_it_may(two: Two) -> None:
    query = 'query { mlflowGetRun(input: {runId: "$run"}) { run { info { runId } } } }'
    for user in (two.owner, two.other):
        answer = user.send("POST", "/graphql", json={"query": fill(query, two)})
        told = two.owner.things["run"] in answer.text
        assert told is (user is two.owner or two.permission in _READERS), answer.text


def test_neither_signs_in_with_another_password(two: Two) -> None:
    for user in (two.owner, two.other):
        wrong = user.send("GET", f"{API}/users/current", auth=(user.name, "another-password"))
        assert wrong.status_code == 401


def test_the_ui_is_there_for_a_plain_user(two: Two) -> None:
    page = two.other.send("GET", "/")
    assert page.status_code == 200
    assert "<title>MLflow</title>" in page.text
    for path in ("/version", "/ajax-api/2.0/mlflow/users/current"):
        assert two.other.send("GET", path).status_code == 200
