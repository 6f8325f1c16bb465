"""Artifacts that travel through the server on their way to and from an S3 store."""

import asyncio
import posixpath
import shutil
from collections.abc import AsyncIterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mlflow.entities import FileInfo
from mlflow.store.artifact.artifact_repo import ArtifactRepository, StreamUploadMixin
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository

from mlplatform_server import scratch
from mlplatform_server.streams import ThreadReader

if TYPE_CHECKING:
    from botocore.client import BaseClient

SCHEME = "s3-proxied"

# S3 takes 10,000 parts: an object may have 80 GiB. An upload has these parts in memory and the one
# that is still arriving, all uploads at once about 600 MB.
_PART_BYTES = 8 * 2**20
_PARTS_IN_MEMORY = 2
_UPLOADS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="upload")


class ProxiedS3ArtifactRepository(ArtifactRepository, StreamUploadMixin):
    """An S3 store behind MLflow's artifact proxy, at `s3-proxied://<bucket>/<path>`.

    MLflow 3.17.2 sends every client of a server whose destination is `s3://` to the store itself,
    by URLs that it signs for the address it uses inside the cluster, and has no setting against it:
    the server offers what the class of the repository can do. This class can do nothing but store
    and fetch, so the server offers neither multipart transfers nor signed URLs, and a client needs
    nothing but the tracking URI.

    Uploads go on to the store as they arrive: written to the scratch volume first, a large one
    would get the pod evicted, with the transfers of all others. While the store is away, a client
    is answered 503 within 10 s, and asks again.
    """

    def __init__(
        self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
    ) -> None:
        """Take the place of the repository that MLflow would have for `s3://`.

        Args:
            artifact_uri: bucket and path, `s3-proxied://<bucket>/<path>`.
            tracking_uri: handed on.
            registry_uri: handed on.
        """
        super().__init__(artifact_uri, tracking_uri, registry_uri)
        self._store = _Store(
            f"s3{artifact_uri.removeprefix(SCHEME)}",
            tracking_uri=tracking_uri,
            registry_uri=registry_uri,
        )
        self._bucket, self._root = self._store.parse_s3_compliant_uri(self._store.artifact_uri)

    async def log_artifact_from_async_stream(
        self,
        chunks: AsyncIterable[bytes],
        artifact_file_name: str,
        artifact_path: str | None = None,
    ) -> None:
        """Store what a client sends, as it arrives."""
        loop = asyncio.get_running_loop()
        stream = ThreadReader(chunks, loop)
        await loop.run_in_executor(
            _UPLOADS, self.log_artifact_from_stream, stream, artifact_file_name, artifact_path
        )

    def log_artifact_from_stream(
        self,
        stream: BinaryIO | ThreadReader,
        artifact_file_name: str,
        artifact_path: str | None = None,
    ) -> None:
        """Store a file of unknown length."""
        from boto3.s3.transfer import TransferConfig

        transfer = TransferConfig(
            multipart_threshold=_PART_BYTES,
            multipart_chunksize=_PART_BYTES,
            max_concurrency=_PARTS_IN_MEMORY,
        )
        transfer.max_in_memory_upload_chunks = _PARTS_IN_MEMORY
        content_type, encoding = guess_type(artifact_file_name)
        known = {"ContentType": content_type, "ContentEncoding": encoding}
        with _client() as store:
            store.upload_fileobj(
                stream,
                self._bucket,
                posixpath.join(self._root, artifact_path or "", Path(artifact_file_name).name),
                ExtraArgs={name: value for name, value in known.items() if value},
                Config=transfer,
            )

    def log_artifact(self, local_file: str | Path, artifact_path: str | None = None) -> None:
        """Store one file."""
        with _client():
            self._store.log_artifact(local_file, artifact_path)

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        """Store a directory."""
        with _client():
            self._store.log_artifacts(local_dir, artifact_path)

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """List the files and directories right below a path."""
        with _client():
            return self._store.list_artifacts(path)

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Delete what is below a path."""
        with _client():
            self._store.delete_artifacts(artifact_path)

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        with _client() as store:
            found = store.get_object(
                Bucket=self._bucket, Key=posixpath.join(self._root, remote_file_path)
            )
            scratch.reserve(local_path, found["ContentLength"])
            with Path(local_path).open("r+b") as file:
                shutil.copyfileobj(found["Body"], file, length=2**20)


class _Store(S3ArtifactRepository):
    """MLflow's own repository, with our client."""

    def _get_s3_client(self) -> "BaseClient":
        with _client() as store:
            return store


@contextmanager
def _client() -> Iterator["BaseClient"]:
    """The client of the store, imported when it is needed first: MLflow's start goes on without."""
    from mlplatform_server import store

    with store.answers():
        yield store.client()
