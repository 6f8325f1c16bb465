"""`bucket_check.check()` against a real MinIO."""

import uuid

import pytest
from minio.credentials.providers import StaticProvider

from mlplatform_server.bucket import prepare
from mlplatform_server.bucket_check import check
from tests.images.test_bucket_on_minio import client
from tests.processes import MinioServer

BUCKET = f"bucket-{uuid.uuid4().hex}"
KEY = ("key-of-the-check", "secret-of-the-check")


@pytest.fixture
def server(minio_server: MinioServer) -> MinioServer:
    """A store with a bucket, and a key that may do with it what MLflow does."""
    root = StaticProvider(minio_server.user, minio_server.password)
    prepare(minio_server.endpoint_url, root, BUCKET, *KEY)
    return minio_server


def test_a_key_that_may_do_all_that_is_needed_passes_and_leaves_nothing(
    server: MinioServer,
) -> None:
    check(client(server, *KEY), BUCKET)
    root = client(server, server.user, server.password)
    assert root.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_a_bucket_that_is_not_there_or_anothers_is_named(server: MinioServer) -> None:
    with pytest.raises(SystemExit, match="refuses what MLflow needs of bucket nowhere"):
        check(client(server, *KEY), "nowhere")


def test_a_wrong_key_is_the_end(server: MinioServer) -> None:
    with pytest.raises(SystemExit, match="SignatureDoesNotMatch"):
        check(client(server, KEY[0], "not-the-secret"), BUCKET)
