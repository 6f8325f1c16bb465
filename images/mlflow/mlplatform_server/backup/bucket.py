"""The bucket of a stack, which is backed up and filled again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from mlplatform_server.backup.stream import AT_ONCE, TRANSFER, Readable

# What the store keeps besides the bytes; the same words in boto3's answers and uploads.
_HEADERS = ("ContentType", "ContentEncoding", "ContentDisposition", "CacheControl", "Metadata")


class Bucket:
    """One bucket, reached with MLflow's own key."""

    def __init__(
        self,
        endpoint_url: str,
        name: str,
        access_key: str,
        secret_key: str,
        region: str = "us-east-1",
        ca_file: str | None = None,
    ) -> None:
        """Take the store's address, the name of the bucket, the key, and what it signs for.

        `ca_file` has what its certificate is checked against, which is not for the other place.
        """
        self._name = name
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint_url,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            # The variables of the environment are about the other place.
            aws_session_token=None,
            region_name=region,
            verify=ca_file,
            config=Config(
                connect_timeout=5,
                read_timeout=60,
                retries={"mode": "standard", "total_max_attempts": 5},
                max_pool_connections=AT_ONCE,
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def sizes(self) -> dict[str, int]:
        """Bytes by key, of all objects."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name)
        return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])}

    def open(self, key: str) -> tuple[Readable, dict[str, Any]] | None:
        """An object's bytes and headers; None if it has been deleted meanwhile."""
        try:
            found = self._client.get_object(Bucket=self._name, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        return found["Body"], {name: found[name] for name in _HEADERS if found.get(name)}

    def put(self, key: str, source: Readable, headers: Mapping[str, Any]) -> None:
        """Store an object."""
        self._client.upload_fileobj(
            source, self._name, key, ExtraArgs=dict(headers), Config=TRANSFER
        )

    def delete(self, key: str) -> None:
        """Delete an object."""
        self._client.delete_object(Bucket=self._name, Key=key)
