"""A store with buckets of a test's own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from mlplatform_server.backup.bucket import Bucket
from mlplatform_server.backup.stream import TRANSFER
from tests.processes import MinioServer

OBJECTS = {
    "artifacts/1/model.bin": b"0123456789" * 1000,
    "artifacts/1/empty": b"",
    "artifacts/1/folder/": b"",
    "artifacts/1/folder/a name, with = signs & ü": b"x",
    "large": b"ab" * (TRANSFER.multipart_threshold // 2 + 1),
}


@dataclass
class Store:
    """A MinIO, and buckets of the test's own."""

    server: MinioServer

    def __post_init__(self) -> None:
        self.s3: Any = boto3.client(
            "s3",
            endpoint_url=self.server.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=self.server.user,
            aws_secret_access_key=self.server.password,
        )

    def made(self) -> str:
        """The name of a new bucket."""
        name = f"bucket-{uuid.uuid4().hex}"
        self.s3.create_bucket(Bucket=name)
        return name

    def bucket(self, name: str) -> Bucket:
        """As a backup reaches it."""
        server = self.server
        return Bucket(server.endpoint_url, name, server.user, server.password)

    def filled(self) -> Bucket:
        """A bucket with the objects."""
        name = self.made()
        for key, content in OBJECTS.items():
            kind = "text/markdown" if key.endswith("bin") else "application/octet-stream"
            self.s3.put_object(
                Bucket=name, Key=key, Body=content, ContentType=kind, Metadata={"by": "test"}
            )
        return self.bucket(name)


@pytest.fixture
def store(minio_server: MinioServer) -> Store:
    return Store(minio_server)
