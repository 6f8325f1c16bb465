import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from drills.scoring_load import Answer, ScoringLoad, by_second, counted, failed, scoring_load
from smoke_tests.settings import ServedModel
from smoke_tests.wait import wait_until


def answer(due: float, version: int | None = None, said: str = "200") -> Answer:
    return Answer(due=due, ended=due + 0.1, said=said, version=version)


def test_only_seconds_in_which_something_changed_are_named() -> None:
    answers = [
        answer(100.1, 1),
        answer(101.1, 1),
        answer(102.1, 1),
        answer(102.9, 2),
        answer(104.0, said="503"),
        answer(103.5, 2),
    ]
    assert by_second(answers, 100) == "0 s v1, 2 s v1+v2, 3 s v2, 4 s 503"


def test_answers_are_summed_up_for_a_person() -> None:
    answers = [answer(0, 1), answer(1, 1), answer(2, said="503")]
    assert counted(answers) == "200: 2, 503: 1"
    assert failed(answers) == answers[2:]


@contextmanager
def server(status: int, body: object, headers: dict[str, str]) -> Iterator[ScoringLoad]:
    """Clients of a server that says the same to everybody."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            text = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        Thread(target=listening.serve_forever).start()
        yield clients(f"http://127.0.0.1:{listening.server_port}")
        listening.shutdown()


def clients(url: str) -> ScoringLoad:
    settings: Any = SimpleNamespace(login=None, ca_file=None)
    return ScoringLoad(
        settings, ServedModel(name="m", alias="a", url=url, token_secret=None, token=None)
    )


@pytest.mark.parametrize(
    ("status", "body", "headers", "judged"),
    [
        (200, {"predictions": [507]}, {}, ("200", 7)),
        (200, {"predictions": [407]}, {}, ("200 with another's prediction", None)),
        (200, {"predictions": []}, {}, ("200 with no prediction", None)),
        (200, "text", {}, ("200 with no prediction", None)),
        (404, {}, {}, ("404", None)),
        (503, {}, {"Retry-After": "1"}, ("503", None)),
        (503, {}, {}, ("503 without Retry-After", None)),
    ],
)
def test_only_the_right_prediction_counts(
    status: int, body: object, headers: dict[str, str], judged: tuple[str, int | None]
) -> None:
    with server(status, body, headers) as load:
        assert load.ask(5) == judged


def test_a_server_that_is_not_there_is_a_failure_too() -> None:
    with server(200, {}, {}) as load:
        pass
    assert load.ask(5) == ("ConnectionError", None)


def test_requests_go_out_in_time_whatever_the_answers() -> None:
    settings: Any = SimpleNamespace(login=None, ca_file=None)
    gone = ServedModel(name="m", alias="a", url="http://127.0.0.1:1", token_secret=None, token=None)
    with scoring_load(settings, gone, per_second=100) as load:
        wait_until(lambda: len(load.answers) >= 10, timeout_s=10, describe="there are ten answers")
    due = sorted(one.due for one in load.answers)
    assert due[9] - due[0] == pytest.approx(0.09)
    assert {one.said for one in load.answers} == {"ConnectionError"}
