import http.server
import threading
from collections.abc import Iterator

import pytest
import urllib3
from minio import Minio
from minio.credentials.providers import StaticProvider

from mlplatform_server.bucket import bucket_exists, policy
from mlplatform_server.waiting import NotYet, Refused


class Store(http.server.BaseHTTPRequestHandler):
    """A store that gives every request the same answer."""

    status = 200
    code = ""

    def do_GET(self) -> None:
        body = f"<Error><Code>{self.code}</Code><Message>no</Message></Error>".encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Iterator[Minio]:
    """A client of it; one that is told no region asks for that first, and by GET."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield client(server.server_port, getattr(request, "param", "us-east-1"))
        server.shutdown()


def client(port: int, region: str | None = None) -> Minio:
    return Minio(
        endpoint=f"127.0.0.1:{port}",
        secure=False,
        region=region,
        credentials=StaticProvider("root", "password"),
        http_client=urllib3.PoolManager(retries=False),
    )


def answering(monkeypatch: pytest.MonkeyPatch, status: int, code: str) -> None:
    monkeypatch.setattr(Store, "status", status)
    monkeypatch.setattr(Store, "code", code)


def test_a_bucket_is_there_or_is_not(store: Minio, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 200, "")
    assert bucket_exists(store, "mlflow")
    answering(monkeypatch, 404, "NoSuchBucket")
    assert not bucket_exists(store, "mlflow")


@pytest.mark.parametrize("store", ["us-east-1", None], indirect=True)
def test_a_store_that_is_starting_is_waited_for(
    store: Minio, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, 503, "XMinioServerNotInitialized")
    with pytest.raises(NotYet):
        bucket_exists(store, "mlflow")


def test_a_store_that_does_not_listen_yet_is_waited_for() -> None:
    with pytest.raises(NotYet):
        bucket_exists(client(1), "mlflow")


def test_a_wrong_root_password_is_a_refusal(store: Minio, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 403, "SignatureDoesNotMatch")
    with pytest.raises(Refused, match="AccessDenied"):
        bucket_exists(store, "mlflow")


def test_the_key_may_do_what_mlflow_does_and_nothing_else() -> None:
    on_bucket, on_objects = policy("artifacts")["Statement"]
    assert on_bucket["Resource"] == ["arn:aws:s3:::artifacts"]
    assert set(on_bucket["Action"]) == {
        "s3:ListBucket",
        "s3:GetBucketLocation",
        "s3:ListBucketMultipartUploads",
    }
    assert on_objects["Resource"] == ["arn:aws:s3:::artifacts/*"]
    assert set(on_objects["Action"]) == {
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
    }
    assert {on_bucket["Effect"], on_objects["Effect"]} == {"Allow"}
