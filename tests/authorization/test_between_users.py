import re
import uuid
from collections.abc import Iterable
from typing import Any

import pytest
import requests

from tests.authorization.conftest import Server
from tests.authorization.matrix import EVERYBODY, Line, lines, twins
from tests.authorization.stage import SECRET, Stage, spans

LINES = list(lines())


def request(line: Line, path: str, stage: Stage, user: str) -> requests.Response:
    """Send what a line says as a user."""
    client, may = stage.client(user), user in line.who_may

    def fill(text: str) -> str:
        return re.sub(r"\$(\w+)", lambda found: stage.thing(found[1], user, may=may), text)

    path, arguments = fill(path), fill(line.arguments)
    query, _, rest = arguments.partition(" ") if arguments.startswith("?") else ("", "", arguments)
    options: dict[str, Any] = {"data": rest.encode()}
    if rest.startswith("{"):
        options["headers"] = {"content-type": "application/json"}
    if rest.startswith("<spans>"):
        options = {
            "json": spans(f"tr-{uuid.uuid4().hex}", "span"),
            "headers": dict(header.split(":") for header in rest.split()[1:]),
        }
    return client.send(line.method, path + query, **options)


@pytest.mark.parametrize("line", LINES, ids=str)
def test_each_may_what_is_documented_and_nothing_else(
    line: Line, stage: Stage, mlflow_server: Server
) -> None:
    found = twins(line, mlflow_server.routes)
    assert found, "the server has no such route any more"
    wrong = []
    for path, user in cells(line, found):
        answer = request(line, path, stage, user)
        if problem := what_is_wrong(line, user, answer):
            wrong.append(f"{user} {problem}: {answer.url} {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


def cells(line: Line, paths: Iterable[str]) -> list[tuple[str, str]]:
    """Path and user of each request."""
    return [
        (path, user)
        for index, path in enumerate(paths)
        for user in line.askers(of_a_twin=index > 0)
    ]


def what_is_wrong(line: Line, user: str, answer: requests.Response) -> str | None:
    may_read = user in EVERYBODY[EVERYBODY.index("reader") :]
    if SECRET in answer.text and not may_read:
        return "is sent what is not for him"
    if line.needs == "LISTED" and may_read and SECRET not in answer.text:
        return "is not sent what is for him"
    if line.needs == "NOBODY":
        return None if answer.status_code >= 400 else "is answered"
    if user not in line.who_may:
        refused = 401 if user == "anonymous" else 403
        return None if answer.status_code == refused else f"must be refused with {refused}"
    if answer.status_code in (401, 403):
        return "is refused"
    return None if answer.ok == line.offered else "does not get a good answer"


def test_every_route_of_the_server_has_a_line(mlflow_server: Server) -> None:
    routes = mlflow_server.routes
    covered = {route for line in LINES for route in twins(line, routes).values()}
    missing = sorted(f"{route.method} {route.path}" for route in {*routes} - covered)
    assert not missing, "\n".join(missing)


def test_every_field_of_graphql_has_a_line(mlflow_server: Server) -> None:
    asked = " ".join(line.arguments for line in LINES if line.path == "graphql")
    fields = mlflow_server.graphql_fields
    assert [field for field in fields if f"{field}(" not in asked] == []
