"""The bucket behind the artifacts, reached with MLflow's own key through the ingress."""

from __future__ import annotations

from urllib.parse import urlsplit

import boto3
from botocore.client import BaseClient
from botocore.config import Config

from smoke_tests.settings import Settings

# Where the stack's MLflow keeps artifacts in its bucket.
ARTIFACT_ROOT = "artifacts"


def s3_client(settings: Settings) -> BaseClient:
    """A boto3 client with MLflow's key and little patience."""
    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key,
        region_name=settings.s3_region,
        verify=settings.store_ca_file,
        config=Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2}),
    )


def key_prefix(artifact_uri: str, bucket: str) -> str:
    """Where in the bucket an artifact location is, with a slash at the end.

    Args:
        artifact_uri: `mlflow-artifacts:/...` or `s3://<bucket>/...`.
        bucket: The stack's bucket.

    Raises:
        ValueError: The location is not in this bucket.
    """
    uri = urlsplit(artifact_uri)
    path = uri.path.strip("/")
    if uri.scheme == "mlflow-artifacts" and path:
        return f"{ARTIFACT_ROOT}/{path}/"
    if uri.scheme == "s3" and uri.netloc == bucket and path:
        return f"{path}/"
    raise ValueError(f"{artifact_uri!r} is not a place in the bucket {bucket!r}")


def keys(s3: BaseClient, bucket: str, prefix: str) -> list[str]:
    """The keys that begin with `prefix`."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def delete_prefix(s3: BaseClient, bucket: str, prefix: str) -> None:
    """Delete every object whose key begins with `prefix`."""
    for key in keys(s3, bucket, prefix):
        s3.delete_object(Bucket=bucket, Key=key)
