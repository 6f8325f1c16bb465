"""How the lines of a stack's parts become one stream."""

import json
import sys

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from front_door.logs import Line, read
from front_door.logs import _written as written
from mlplatform_server.access_log import Logged
from tests.images.serving.asgi import ask

TIME = "2030-01-01T10:20:30.123456789Z"
HOSTS = {"mlflow-dev.local"}
BY_TRAEFIK = {
    "ClientHost": "10.0.0.7",
    "DownstreamContentSize": 2,
    "DownstreamStatus": 200,
    "Duration": 4038443,
    "RequestHost": "mlflow-dev.local",
    "RequestMethod": "GET",
    "RequestPath": "/version",
    "downstream_X-Request-Id": "0123456789abcdef",
}


def of_pod(text: str, pod: str = "mlflow-server-1") -> Line | None:
    return read(f"[pod/{pod}/main] {TIME} {text}", HOSTS)


def test_a_line_that_is_no_request_stays_as_it_is() -> None:
    line = of_pod("LOG:  database system is ready", "postgres-0")
    text = "LOG:  database system is ready"
    assert line == Line(TIME, "postgres-0", text)
    assert str(line).split(maxsplit=2) == ["10:20:30.123", "postgres-0", text]


def test_json_of_others_stays_as_it_is() -> None:
    for text in ('{"version": 1}', "{ no JSON", "[1]", "7"):
        line = of_pod(text)
        assert line is not None
        assert line.text == text


def test_a_request_is_told_as_the_server_noted_it(capsys: pytest.CaptureFixture[str]) -> None:
    async def empty(scope: Scope, receive: Receive, send: Send) -> None:
        await Response()(scope, receive, send)

    said = ask(Logged(empty), "/version", method="GET")
    line = of_pod(capsys.readouterr().out.rstrip())
    assert line is not None
    assert line.text.startswith("GET /version 200 ")
    assert line.text.endswith(f" ms 0 B {said.headers['x-request-id']}")


def test_a_request_is_told_as_the_ingress_noted_it() -> None:
    line = of_pod(json.dumps(BY_TRAEFIK), "traefik-1")
    assert line is not None
    assert line.pod == "ingress"
    assert line.text == (
        "GET mlflow-dev.local/version 200 4.0 ms 2 B for 10.0.0.7 0123456789abcdef"
    )


def test_what_the_ingress_answered_for_others_is_left_out() -> None:
    for text in (json.dumps(BY_TRAEFIK | {"RequestHost": "another.local"}), "WRN of any stack"):
        assert of_pod(text, "traefik-1") is None


def test_an_answer_of_the_ingress_itself_has_no_id() -> None:
    said = {name: value for name, value in BY_TRAEFIK.items() if "Id" not in name}
    line = of_pod(json.dumps(said | {"DownstreamStatus": 404}), "traefik-1")
    assert line is not None
    assert " 404 " in line.text


def test_words_of_kubectl_are_left_out() -> None:
    assert read("unable to retrieve container logs", HOSTS) is None


def test_a_terminal_obeys_no_line() -> None:
    line = of_pod("\x1b[2Jcleared")
    assert line is not None
    assert "\x1b" not in str(line)


def test_lines_of_all_commands_are_read_to_their_end() -> None:
    commands = [[sys.executable, "-c", f"print({n}); print({n + 1})"] for n in (1, 3)]
    assert sorted(written(commands)) == ["1", "2", "3", "4"]
