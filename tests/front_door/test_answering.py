"""What the doctor says of a host's certificate, asked of a server by TLS."""

import base64
import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from front_door import answering
from front_door.finding import Finding
from mlplatform.issuing import KeyPair, issue, make_authority

HOST = "mlflow-server.local"


class Healthy(http.server.BaseHTTPRequestHandler):
    """MLflow, as far as the doctor asks it."""

    def do_GET(self) -> None:
        self.send_response(200 if self.headers["Host"].startswith(HOST) else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
        """Say nothing."""


@pytest.fixture
def authority() -> KeyPair:
    return make_authority("mlplatform: stack dev", [HOST])


@contextmanager
def served(certificate: KeyPair, directory: Path) -> Iterator[int]:
    """A server with a certificate; its port."""
    file = directory / "server.pem"
    file.write_text(certificate.key + certificate.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = http.server.HTTPServer(("127.0.0.1", 0), Healthy)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def asked(
    certificate: KeyPair, trusted: KeyPair, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> Finding:
    ingress = {
        "metadata": {"namespace": "mlplatform-dev"},
        "spec": {"tls": [{"secretName": "tls"}]},
    }
    content = {"ca.crt": base64.b64encode(trusted.certificate.encode()).decode()}
    secret: list[dict[str, Any]] = [{"data": content}]
    monkeypatch.setattr(answering, "get", lambda *_: secret)
    trust = answering.trust("cluster", ingress)
    with served(certificate, directory) as port:
        monkeypatch.setattr(answering.http.client, "HTTPS_PORT", port)
        return answering.answer(HOST, "127.0.0.1", "/health", trust, {})


def test_a_good_certificate_is_told_with_the_days_it_has(
    authority: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = asked(issue(authority, [HOST]), authority, tmp_path, monkeypatch)
    assert not finding.wrong, finding
    assert "with a certificate for 365 days" in finding.text


@pytest.mark.parametrize(
    ("life", "said"),
    [
        (timedelta(minutes=-10), "its certificate is refused: certificate has expired"),
        (timedelta(days=3), "its certificate ends in 3 days"),
    ],
)
def test_one_that_has_ended_or_soon_does_is_named_with_what_to_do(
    life: timedelta,
    said: str,
    authority: KeyPair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finding = asked(issue(authority, [HOST], life), authority, tmp_path, monkeypatch)
    assert finding.wrong
    assert finding.text.startswith(said)
    assert "to do: `make up`" in finding.text


def test_one_of_an_authority_that_clients_do_not_trust_is_named(
    authority: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_authority("another", [HOST])
    finding = asked(issue(other, [HOST]), authority, tmp_path, monkeypatch)
    assert finding.wrong
    assert "its certificate is refused" in finding.text


def test_an_ingress_without_a_certificate_is_asked_by_plain_http() -> None:
    ingress = {"metadata": {"namespace": "mlplatform-dev"}, "spec": {}}
    assert answering.trust("cluster", ingress) is None
