from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from bench.scoring_client import Measured, measure

ASKED: list[tuple[str, bytes]] = []


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        ASKED.append((self.path, body))
        self.send_response(200 if body == b"{}" else 400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def url() -> Iterator[str]:
    ASKED.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/wine"
        server.shutdown()


def test_every_request_but_the_first_of_each_client_counts(url: str) -> None:
    found = measure(url, b"{}", clients=2, duration_s=0.1)
    assert len(found.seconds) == len(ASKED) - 2 > 0
    assert found.per_second == pytest.approx(len(found.seconds) / 0.1)
    assert set(ASKED) == {("/wine/invocations", b"{}")}


def test_an_answer_that_is_none_ends_the_measurement(url: str) -> None:
    with pytest.raises(RuntimeError, match="answered 400"):
        measure(url, b"no", clients=1, duration_s=0.1)


def test_percentiles_are_those_of_all_requests() -> None:
    measured = Measured([0.001 * number for number in range(100, 0, -1)], 1)
    assert measured.percentile_ms(50) == pytest.approx(51)
    assert measured.percentile_ms(99) == pytest.approx(100)
