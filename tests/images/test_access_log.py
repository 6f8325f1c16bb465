"""The line that each request leaves."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response

from mlplatform_server.access_log import Logged, Receive, Scope, Send
from tests.images.serving.asgi import Said, ask

LOGIN = {"Authorization": f"Basic {base64.b64encode(b'ada:a-long-password').decode()}"}


async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=401)(scope, receive, send)


async def greeting(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello", 201)(scope, receive, send)


async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("broken")


async def silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """What is left of an answer whose client has gone."""


def noted(
    capsys: pytest.CaptureFixture[str],
    app: Any = greeting,
    path: str = "/api",
    headers: Mapping[str, str] | None = None,
    **options: bool,
) -> tuple[Said, list[dict[str, Any]]]:
    said = ask(Logged(app, **options), path, method="GET", headers=dict(headers or {}))
    return said, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_request_leaves_one_line_with_the_id_of_the_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said, [line] = noted(capsys)
    assert said.headers["x-request-id"] == line["id"]
    assert (line["method"], line["path"], line["status"], line["bytes"]) == ("GET", "/api", 201, 5)
    assert line["time"].endswith("+00:00")
    assert line["duration_ms"] >= 0
    assert "user" not in line


def test_two_requests_have_two_ids(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = noted(capsys)[0], noted(capsys)[0]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_an_id_that_the_ingress_gave_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    given = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    said, [line] = noted(capsys, headers={"X-Request-Id": given})
    assert said.headers["x-request-id"] == line["id"] == given


@pytest.mark.parametrize("given", ["", "short", "x" * 65, 'ended", "status": 200', "a\tb\tc\td\te"])
def test_what_is_no_id_is_replaced(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, [line] = noted(capsys, headers={"X-Request-Id": given})
    assert line["id"] != given


def test_a_path_cannot_begin_another_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, lines = noted(capsys, path='/a\n{"status": 200}\u2028')
    assert [line["path"] for line in lines] == ['/a\n{"status": 200}\u2028']


def test_probes_leave_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert noted(capsys, headers={"User-Agent": "kube-probe/1.36"})[1] == []


def test_an_error_of_the_server_is_noted_and_raised(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="broken"):
        noted(capsys, broken)
    assert json.loads(capsys.readouterr().out)["status"] == 500


def test_a_client_that_left_is_noted_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert noted(capsys, silent)[1][0]["status"] == 499


def test_who_is_let_in_is_named_and_never_the_password(capsys: pytest.CaptureFixture[str]) -> None:
    _, [line] = noted(capsys, headers=LOGIN, names_users=True)
    assert line["user"] == "ada"
    assert "a-long-password" not in json.dumps(line)


@pytest.mark.parametrize("sent", ["Bearer abc", "Basic *", "Basic", ""])
def test_who_does_not_log_in_has_no_name(sent: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, [line] = noted(capsys, headers={"Authorization": sent}, names_users=True)
    assert line["user"] is None


def test_who_is_refused_is_not_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "user" not in noted(capsys, refusing, headers=LOGIN, names_users=True)[1][0]
