"""`bucket.prepare()` against a real MinIO."""

import functools
import uuid
from datetime import timedelta
from typing import Any

import boto3
import botocore.exceptions
import pytest
import requests
from minio.credentials.providers import StaticProvider

from mlplatform.scrapes import STORE_PATH
from mlplatform.store_token import token
from mlplatform_server import bucket as bucket_module
from mlplatform_server.bucket import prepare
from mlplatform_server.waiting import FAILED_FOR_GOOD, wait_for
from tests.processes import MinioServer

ACCESS_KEY, SECRET_KEY = "key-of-mlflow", "secret-of-mlflow"


@pytest.fixture
def bucket() -> str:
    return f"bucket-{uuid.uuid4().hex}"


def client(server: MinioServer, access_key: str, secret_key: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
    )


def prepared(
    server: MinioServer, bucket: str, secret_key: str = SECRET_KEY, access_key: str = ACCESS_KEY
) -> Any:
    """Prepare the bucket and return an S3 client with the key that was made."""
    root = StaticProvider(server.user, server.password)
    prepare(server.endpoint_url, root, bucket, access_key, secret_key)
    return client(server, access_key, secret_key)


def test_the_key_reads_and_writes_its_bucket(minio_server: MinioServer, bucket: str) -> None:
    store = prepared(minio_server, bucket)
    store.put_object(Bucket=bucket, Key="a/b", Body=b"model")
    assert store.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"model"


def test_the_key_opens_nothing_else(minio_server: MinioServer, bucket: str) -> None:
    store = prepared(minio_server, bucket)
    for refused in (
        lambda: store.create_bucket(Bucket=f"another-{bucket}"),
        lambda: store.delete_bucket(Bucket=bucket),
    ):
        with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
            refused()


def test_preparing_again_keeps_the_objects_and_renews_the_secret(
    minio_server: MinioServer, bucket: str
) -> None:
    earlier = prepared(minio_server, bucket)
    earlier.put_object(Bucket=bucket, Key="kept", Body=b"")
    later = prepared(minio_server, bucket, "another-secret")
    assert [one["Key"] for one in later.list_objects_v2(Bucket=bucket)["Contents"]] == ["kept"]
    with pytest.raises(botocore.exceptions.ClientError, match="SignatureDoesNotMatch"):
        earlier.list_objects_v2(Bucket=bucket)


def test_a_wrong_root_password_is_the_end(
    minio_server: MinioServer, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = functools.partial(wait_for, deadline_s=0)
    monkeypatch.setattr("mlplatform_server.bucket.wait_for", at_once)
    with pytest.raises(SystemExit, match=str(FAILED_FOR_GOOD)):
        prepare(
            minio_server.endpoint_url,
            StaticProvider(minio_server.user, "not-the-password"),
            bucket,
            ACCESS_KEY,
            SECRET_KEY,
        )


def test_a_key_of_before_is_good_until_its_servers_are_replaced(
    minio_server: MinioServer, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, other = f"old-{bucket[-12:]}", f"new-{bucket[-12:]}"
    before = prepared(minio_server, bucket, access_key=old)
    before.put_object(Bucket=bucket, Key="kept", Body=b"model")

    after = prepared(minio_server, bucket, access_key=other)
    assert before.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"model"

    # Back in force, and ended by the next, at once.
    before = prepared(minio_server, bucket, access_key=old)
    monkeypatch.setattr(bucket_module, "OLD_KEY_TIME", timedelta(0))
    after = prepared(minio_server, bucket, access_key=other)
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        before.get_object(Bucket=bucket, Key="kept")
    assert after.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"model"


def test_a_key_that_has_ended_is_deleted_and_keys_of_others_stay(
    minio_server: MinioServer, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_module, "OLD_KEY_TIME", timedelta(seconds=-1))
    old, other = f"old-{bucket[-12:]}", f"new-{bucket[-12:]}"
    stranger = prepared(minio_server, f"another-{bucket}", access_key=f"its-{bucket[-12:]}")
    before = prepared(minio_server, bucket, access_key=old)
    prepared(minio_server, bucket, access_key=other)
    prepared(minio_server, bucket, access_key=other)
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidAccessKeyId"):
        before.list_objects_v2(Bucket=bucket)
    stranger.list_objects_v2(Bucket=f"another-{bucket}")


def test_the_key_of_metrics_reads_metrics_and_nothing_else(
    minio_server: MinioServer, bucket: str
) -> None:
    root = StaticProvider(minio_server.user, minio_server.password)
    own, metrics = (ACCESS_KEY, SECRET_KEY), ("key-of-metrics", "secret-of-metrics")
    prepare(minio_server.endpoint_url, root, bucket, *own, metrics_key=metrics)

    def status(key: tuple[str, str] | None) -> int:
        headers = {} if key is None else {"Authorization": f"Bearer {token(*key)}"}
        url = f"{minio_server.endpoint_url}{STORE_PATH}"
        return requests.get(url, headers=headers, timeout=10, proxies={"http": ""}).status_code

    found = {key: status(key) for key in (metrics, own, None, ("key-of-metrics", "made-up"))}
    assert found == {metrics: 200, own: 403, None: 403, ("key-of-metrics", "made-up"): 403}
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        client(minio_server, *metrics).list_objects_v2(Bucket=bucket)
    another = ("another-key-of-metrics", "secret-of-metrics")
    prepare(minio_server.endpoint_url, root, bucket, *own, metrics_key=another)
    assert {key: status(key) for key in (metrics, another)} == {metrics: 403, another: 200}
    prepare(minio_server.endpoint_url, root, bucket, *own)
    assert status(another) == 403
