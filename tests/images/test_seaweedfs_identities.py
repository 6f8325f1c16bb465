"""SeaweedFS takes keys by a port beside the S3 API, which other pods reach too."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest
from botocore.exceptions import ClientError

from tests.images import stores

STRANGER = ("access-key-of-a-stranger", "secret-key-of-a-stranger")
PUT_IDENTITY = "/messaging_pb.SeaweedS3IamCache/PutIdentity"
"""https://github.com/seaweedfs/seaweedfs/blob/master/weed/pb/s3.proto"""


def field(number: int, content: str | bytes) -> bytes:
    """A text or message of Protocol Buffers that is shorter than 128 bytes."""
    text = content.encode() if isinstance(content, str) else content
    return bytes([number << 3 | 2, len(text)]) + text


def test_nobody_makes_a_key_without_being_asked_for_one(tmp_path: Path) -> None:
    access_key, secret_key = STRANGER
    credential = field(1, access_key) + field(2, secret_key)
    identity = field(1, "stranger") + field(2, credential) + field(3, "Admin")
    with (
        stores.seaweedfs(tmp_path) as store,
        grpc.insecure_channel(f"127.0.0.1:{store.identity_port}") as channel,
    ):
        put = channel.unary_unary(PUT_IDENTITY)
        with pytest.raises(grpc.RpcError) as refusal:
            put(field(1, identity), timeout=10)
        assert refusal.value.code() is grpc.StatusCode.UNAUTHENTICATED
        with pytest.raises(ClientError, match="InvalidAccessKeyId"):
            store.client(STRANGER).list_buckets()
