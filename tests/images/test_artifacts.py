import asyncio
import importlib
import os
import signal
import threading
import time
import tomllib
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from mlflow.exceptions import MlflowException
from mlflow.store.artifact import artifact_repo
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository

from images.names import ROOM
from mlplatform_server import store
from mlplatform_server.artifacts import SCHEME, ProxiedS3ArtifactRepository
from mlplatform_server.waiting import NotYet
from tests import processes
from tests.processes import MinioServer

MIB = 2**20


class Artifacts:
    """A repository on a bucket of its own, and the bucket as S3 shows it."""

    def __init__(self) -> None:
        self.bucket = f"bucket-{uuid.uuid4().hex}"
        self.s3: Any = boto3.client("s3", endpoint_url=os.environ["MLFLOW_S3_ENDPOINT_URL"])
        self.s3.create_bucket(Bucket=self.bucket)
        self.repository = ProxiedS3ArtifactRepository(f"{SCHEME}://{self.bucket}/artifacts")

    @property
    def objects(self) -> dict[str, bytes]:
        found = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {
            one["Key"]: self.s3.get_object(Bucket=self.bucket, Key=one["Key"])["Body"].read()
            for one in found
        }


def reach(server: MinioServer, patch: pytest.MonkeyPatch) -> None:
    """Let clients of this process, ours and boto3's own, use a MinIO as its root."""
    patch.setenv("MLFLOW_S3_ENDPOINT_URL", server.endpoint_url)
    patch.setenv("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "path")
    patch.setenv("AWS_ACCESS_KEY_ID", server.user)
    patch.setenv("AWS_SECRET_ACCESS_KEY", server.password)
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    store.client.cache_clear()


def test_the_bucket_is_waited_for_until_the_key_may_look_at_it(artifacts: Artifacts) -> None:
    store.require_bucket(artifacts.bucket)
    with pytest.raises(NotYet, match="404"):
        store.require_bucket(f"no-{artifacts.bucket}")


def test_a_store_that_is_not_there_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reach(MinioServer("http://127.0.0.1:1", process_id=0), monkeypatch)
    with pytest.raises(NotYet):
        store.require_bucket("mlflow")


@pytest.fixture
def artifacts(
    minio_server: MinioServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Artifacts]:
    reach(minio_server, monkeypatch)
    monkeypatch.setenv("MLPLATFORM_SCRATCH_BYTES", str(MIB))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    yield Artifacts()
    store.client.cache_clear()


async def chunks(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def upload(repository: ProxiedS3ArtifactRepository, content: bytes, name: str, path: str) -> None:
    asyncio.run(repository.log_artifact_from_async_stream(chunks(content), name, path))


@pytest.mark.parametrize(
    "capability",
    ["MultipartDownloadMixin", "MultipartUploadMixin", "PresignedUploadMixin"],
)
def test_the_server_has_nothing_to_send_a_client_to_the_store_with(capability: str) -> None:
    mixin = getattr(artifact_repo, capability)
    assert not issubclass(ProxiedS3ArtifactRepository, mixin)
    assert issubclass(S3ArtifactRepository, mixin), "MLflow has changed: is this still needed?"


def test_files_lie_where_s3_destinations_have_them(artifacts: Artifacts, tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"weights")
    artifacts.repository.log_artifact(file, "1/models")
    upload(artifacts.repository, b"streamed", "stream.bin", "1/models")
    assert artifacts.objects == {
        "artifacts/1/models/model.bin": b"weights",
        "artifacts/1/models/stream.bin": b"streamed",
    }


@pytest.mark.parametrize("size", [0, 1, 8 * MIB, 21 * MIB + 1])
def test_an_upload_needs_no_scratch_volume_however_large_it_is(
    artifacts: Artifacts, size: int, tmp_path: Path
) -> None:
    content = os.urandom(size)
    upload(artifacts.repository, content, "model.csv", "run")
    assert artifacts.objects == {"artifacts/run/model.csv": content}
    assert artifacts.s3.head_object(Bucket=artifacts.bucket, Key="artifacts/run/model.csv")[
        "ContentType"
    ] == ("text/csv")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_an_upload_that_breaks_off_leaves_nothing(artifacts: Artifacts) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield os.urandom(20 * MIB)
        raise ConnectionResetError("the client is gone")

    with pytest.raises(ConnectionResetError):
        asyncio.run(artifacts.repository.log_artifact_from_async_stream(broken(), "a.bin", "run"))
    assert artifacts.objects == {}
    parts = artifacts.s3.list_multipart_uploads(
        Bucket=artifacts.bucket, Prefix="artifacts/run/a.bin"
    )
    assert "Uploads" not in parts


def test_what_was_stored_is_listed_fetched_and_deleted(
    artifacts: Artifacts, tmp_path: Path
) -> None:
    sent, fetched = tmp_path / "sent", tmp_path / "fetched"
    sent.mkdir()
    fetched.mkdir()
    (sent / "a.txt").write_text("a")
    repository = artifacts.repository
    repository.log_artifacts(str(sent), "run")
    assert [(info.path, info.file_size) for info in repository.list_artifacts("run")] == [
        ("run/a.txt", 1)
    ]
    repository.download_artifacts("run/a.txt", str(fetched))
    assert (fetched / "run/a.txt").read_text() == "a"
    repository.delete_artifacts("run")
    assert artifacts.objects == {}


def refusal(repository: ProxiedS3ArtifactRepository, path: str, directory: Path) -> int:
    directory.mkdir(exist_ok=True)
    with pytest.raises(MlflowException) as refused:
        repository.download_artifacts(path, str(directory))
    return refused.value.get_http_status_code()


def test_a_download_that_would_overflow_the_scratch_volume_is_refused(
    artifacts: Artifacts, tmp_path: Path
) -> None:
    upload(artifacts.repository, bytes(MIB + 1), "large", "run")
    upload(artifacts.repository, bytes(MIB // 2 + 1), "half", "run")
    first, second = tmp_path / "scratch/first", tmp_path / "scratch/second"
    assert refusal(artifacts.repository, "run/large", first) == 400
    artifacts.repository.download_artifacts("run/half", str(first))
    assert refusal(artifacts.repository, "run/half", second) == 503
    (first / "run/half").unlink()
    artifacts.repository.download_artifacts("run/half", str(second))


def test_what_is_not_there_is_a_404(artifacts: Artifacts, tmp_path: Path) -> None:
    assert refusal(artifacts.repository, "run/missing", tmp_path / "fetched") == 404


def test_a_key_that_is_not_good_is_no_outage(
    artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    store.client.cache_clear()
    with pytest.raises(MlflowException) as refused:
        upload(artifacts.repository, b"x", "a", "run")
    assert refused.value.get_http_status_code() in (401, 403)


def outcomes(
    repository: ProxiedS3ArtifactRepository, directory: Path
) -> dict[str, tuple[int, float]]:
    """HTTP status and seconds of each kind of call."""
    directory.mkdir()
    calls = {
        "small upload": lambda: upload(repository, b"x", "a", "run"),
        "large upload": lambda: upload(repository, bytes(20 * MIB), "b", "run"),
        "list": lambda: repository.list_artifacts("run"),
        "download": lambda: repository.download_artifacts("run/a", str(directory)),
        "delete": lambda: repository.delete_artifacts("run"),
    }
    found: dict[str, tuple[int, float]] = {}

    def measure(name: str) -> None:
        began = time.monotonic()
        try:
            calls[name]()
            status = 200
        except MlflowException as error:
            status = error.get_http_status_code()
        found[name] = (status, time.monotonic() - began)

    threads = [threading.Thread(target=measure, args=[name]) for name in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def own_minio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MinioServer]:
    """A MinIO that a test may disturb, for which clients have a quarter of their patience."""
    program = processes.minio_program()
    if program is None:
        pytest.skip("MinIO is not built: make images")
    monkeypatch.setattr(store, "READ_TIMEOUT_S", store.READ_TIMEOUT_S / 4)
    with processes.minio_server(program, tmp_path) as server:
        reach(server, monkeypatch)
        store.client()
        yield server
    store.client.cache_clear()


def longest_call() -> float:
    """Seconds that a call and the one that clears up after it may take."""
    return store.CONNECT_TIMEOUT_S + 2 * store.READ_TIMEOUT_S


BUSY_MACHINE_S = 3


def test_no_call_may_take_longer_than_10_seconds() -> None:
    assert longest_call() <= 10


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGSTOP])
def test_while_the_store_is_away_every_call_is_answered_503_in_time(
    own_minio: MinioServer, signal_number: signal.Signals, tmp_path: Path
) -> None:
    repository = Artifacts().repository
    os.kill(own_minio.process_id, signal_number)
    found = outcomes(repository, tmp_path / "fetched")
    assert {status for status, _ in found.values()} == {503}
    assert max(seconds for _, seconds in found.values()) < longest_call() + BUSY_MACHINE_S, found


def test_an_upload_during_which_the_store_freezes_is_answered_503_in_time(
    own_minio: MinioServer,
) -> None:
    frozen_at: list[float] = []

    async def interrupted() -> AsyncIterator[bytes]:
        yield bytes(20 * MIB)
        os.kill(own_minio.process_id, signal.SIGSTOP)
        frozen_at.append(time.monotonic())
        yield bytes(20 * MIB)

    repository = Artifacts().repository
    with pytest.raises(MlflowException) as refused:
        asyncio.run(repository.log_artifact_from_async_stream(interrupted(), "a", "run"))
    assert time.monotonic() - frozen_at[0] < longest_call() + BUSY_MACHINE_S
    assert refused.value.get_http_status_code() == 503


def test_mlflow_finds_the_class_by_the_scheme() -> None:
    project = tomllib.loads((ROOM / "mlflow/pyproject.toml").read_text())["project"]
    module, _, name = project["entry-points"]["mlflow.artifact_repository"][SCHEME].partition(":")
    assert getattr(importlib.import_module(module), name) is ProxiedS3ArtifactRepository
