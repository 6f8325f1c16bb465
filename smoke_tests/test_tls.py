"""The hosts by TLS: who vouches for them, and what is answered without."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

import pytest
import requests

from mlplatform.names import is_private
from smoke_tests.settings import Settings

TIMEOUT_S = 10


@pytest.fixture(autouse=True)
def by_tls(settings: Settings) -> None:
    """Leave out a stack that has none."""
    if urlsplit(settings.tracking_uri).scheme != "https":
        pytest.skip("the stack is served by plain HTTP")


@pytest.fixture
def host(settings: Settings) -> str:
    """MLflow's."""
    return urlsplit(settings.tracking_uri).hostname or ""


def handshake(host: str, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Greet a host, which resolves to the ingress."""
    connection = socket.create_connection((host, 443), TIMEOUT_S)
    return context.wrap_socket(connection, server_hostname=host)


def test_the_certificate_is_good_for_the_host(settings: Settings, host: str) -> None:
    with handshake(host, ssl.create_default_context(cafile=settings.ca_file)) as connection:
        assert connection.version() in ("TLSv1.2", "TLSv1.3")


def test_a_client_that_trusts_nobody_is_warned(host: str) -> None:
    trusts_nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(host, trusts_nobody)


def test_the_authority_vouches_for_no_other_host(settings: Settings, host: str) -> None:
    context = ssl.create_default_context(cafile=settings.ca_file)
    with (
        socket.create_connection((host, 443), TIMEOUT_S) as connection,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(connection, server_hostname="mlflow.example.com")


def test_plain_http_is_answered_with_308(settings: Settings) -> None:
    if not settings.redirects:
        pytest.skip("the ingress controller, or the setting plainHttp, says otherwise")
    for published in settings.urls:
        url = f"{published.replace('https:', 'http:')}/version?a=b"
        answer = requests.get(url, timeout=TIMEOUT_S, allow_redirects=False)
        expected = (308, url.replace("http:", "https:"))
        assert (answer.status_code, answer.headers["Location"]) == expected


def test_a_browser_is_told_to_keep_to_tls_where_the_name_is_nobody_elses(
    settings: Settings, http: requests.Session, host: str
) -> None:
    answer = http.get(f"{settings.tracking_uri}/version", timeout=TIMEOUT_S)
    if is_private(host):
        assert "Strict-Transport-Security" not in answer.headers
    elif settings.redirects:
        assert "max-age" in answer.headers["Strict-Transport-Security"]
