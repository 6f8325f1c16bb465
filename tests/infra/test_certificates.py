"""Certificates of a stack's own, held against what clients and clocks say of them."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Sequence
from email.message import Message
from io import BytesIO
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
from cryptography import x509

from mlplatform import issuing, renewal
from mlplatform.certificates import AuthorityProvider, ServerCertificateProvider
from mlplatform.issuing import AUTHORITY_LIFE, SERVER_LIFE, KeyPair, issue, make_authority

HOST = "mlflow-server.local"
HOSTS = [HOST, "mlflow-minio.local", "localhost", "127.0.0.1"]


@pytest.fixture(scope="module")
def authority() -> KeyPair:
    return make_authority("mlplatform: stack dev", HOSTS)


def greet(host: str, server: KeyPair, trusted: KeyPair, directory: Path) -> None:
    """Let a client that trusts an authority greet a server by TLS."""
    files = directory / "server.pem"
    files.write_text(server.key + server.certificate)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(files)
    asking = ssl.create_default_context(cadata=trusted.certificate)
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            serving.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        asking.wrap_socket(ours, server_hostname=host).close()
    finally:
        ours.close()
        thread.join(10)


@pytest.mark.parametrize("host", HOSTS)
def test_a_client_that_trusts_the_authority_believes_the_server(
    host: str, authority: KeyPair, tmp_path: Path
) -> None:
    greet(host, issue(authority, HOSTS), authority, tmp_path)


def test_a_client_that_trusts_another_authority_does_not(
    authority: KeyPair, tmp_path: Path
) -> None:
    another = make_authority("mlplatform: stack dev", HOSTS)
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(HOST, issue(authority, HOSTS), another, tmp_path)


@pytest.mark.parametrize("host", ["bank.example.com", "10.0.0.7", "mlflow-server.other.local"])
def test_an_authority_that_is_stolen_cannot_vouch_for_another_host(
    host: str, authority: KeyPair, tmp_path: Path
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        greet(host, issue(authority, [host]), authority, tmp_path)


def test_a_renewed_authority_is_believed_by_those_who_trust_the_one_before(
    authority: KeyPair, tmp_path: Path
) -> None:
    renewed = make_authority("mlplatform: stack dev", HOSTS, authority.key)
    greet(HOST, issue(renewed, HOSTS), authority, tmp_path)
    greet(HOST, issue(authority, HOSTS), renewed, tmp_path)


def test_a_certificate_is_due_in_the_last_third_of_its_life(authority: KeyPair) -> None:
    made = issue(authority, HOSTS).certificate
    now = dt.datetime.now(dt.UTC)
    assert not issuing.is_due(made, now + SERVER_LIFE * 0.65)
    assert issuing.is_due(made, now + SERVER_LIFE * 0.68)


def test_no_certificate_outlives_its_authority(authority: KeyPair) -> None:
    made = x509.load_pem_x509_certificate(
        issue(authority, HOSTS, AUTHORITY_LIFE * 2).certificate.encode()
    )
    signer = x509.load_pem_x509_certificate(authority.certificate.encode())
    assert made.not_valid_after_utc <= signer.not_valid_after_utc


def an_authority(hosts: Sequence[str] = HOSTS) -> dict[str, object]:
    """The state of one."""
    return AuthorityProvider().create({"title": "t", "hosts": list(hosts)}).outs or {}


def test_an_authority_changes_with_its_hosts_alone_and_keeps_its_key() -> None:
    made, provider = an_authority(), AuthorityProvider()
    assert not provider.diff("", made, {"hosts": HOSTS}).changes
    news = {"title": "t", "hosts": [*HOSTS, "mlflow.ml.example.com"]}
    assert provider.diff("", made, news).changes
    changed = provider.update("", made, news).outs or {}
    assert changed["key"] == made["key"]
    assert changed["certificate"] != made["certificate"]


def test_a_server_gets_another_certificate_with_other_hosts_another_authority_or_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signer, other, provider = an_authority(), an_authority(), ServerCertificateProvider()
    news = {
        "authority_certificate": signer["certificate"],
        "authority_key": signer["key"],
        "hosts": HOSTS,
        "as_long_as_authority": False,
    }
    made = provider.create(news).outs or {}
    assert not provider.diff("", made, news).changes
    assert provider.diff("", made, {**news, "hosts": [HOST]}).changes
    assert provider.diff("", made, {**news, "authority_certificate": other["certificate"]}).changes
    monkeypatch.setattr(issuing, "is_due", lambda _: True)
    assert provider.diff("", made, news).changes
    assert (provider.update("", made, news).outs or {})["certificate"] != made["certificate"]


def mounted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, life: dt.timedelta) -> KeyPair:
    """Give the program of the CronJob what it would find in its pod."""
    signer = make_authority("mlplatform: stack dev", HOSTS)
    for name, pair in {"AUTHORITY": signer, "CERTIFICATE": issue(signer, HOSTS, life)}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "tls.crt").write_text(pair.certificate)
        (tmp_path / name / "tls.key").write_text(pair.key)
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("HOSTS", ",".join(HOSTS))
    return signer


def test_the_cronjob_writes_a_certificate_that_clients_believe_when_it_is_due(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    signer = mounted(monkeypatch, tmp_path, dt.timedelta(minutes=10))
    written: list[dict[str, str]] = []
    monkeypatch.setattr(renewal, "_patch", written.append)
    renewal.main()
    [content] = written
    assert content["ca.crt"] == signer.certificate
    assert not issuing.is_due(content["tls.crt"])
    greet(HOST, KeyPair(content["tls.crt"], content["tls.key"]), signer, tmp_path)


def test_the_cronjob_leaves_alone_what_is_good_for_long(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounted(monkeypatch, tmp_path, SERVER_LIFE)
    monkeypatch.setattr(renewal, "_patch", lambda _: pytest.fail("it was written"))
    renewal.main()


def test_the_cronjob_tries_again_while_its_pod_is_not_let_through_to_the_api(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = make_authority("the cluster's", ["kubernetes.default.svc"])
    (tmp_path / "ca.crt").write_text(authority.certificate)
    (tmp_path / "token").write_text("a-token")
    refused = HTTPError("https://kubernetes.default.svc", 403, "Forbidden", Message(), None)
    answers: list[Exception | BytesIO] = [URLError("refused"), BytesIO(), refused]

    def answer(*_: object, **__: object) -> BytesIO:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(renewal, "_ACCOUNT", tmp_path)
    monkeypatch.setattr(renewal.urllib.request, "urlopen", answer)
    monkeypatch.setattr(renewal.time, "sleep", lambda _: None)
    for name in ("NAMESPACE", "NAME"):
        monkeypatch.setenv(name, "tls")
    renewal._patch({"tls.crt": "a certificate"})
    with pytest.raises(HTTPError, match="Forbidden"):
        renewal._patch({"tls.crt": "a certificate"})
