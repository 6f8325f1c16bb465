"""What lets a user of MinIO read its metrics."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

# One that ends would have to be renewed; the user behind it may do nothing but this.
_YEAR_2100 = 4102444800


def token(access_key: str, secret_key: str) -> str:
    """Return the token that `mc admin prometheus generate` would make.

    Args:
        access_key: the user's.
        secret_key: the user's.
    """

    def encoded(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    def part(content: Mapping[str, object]) -> str:
        return encoded(json.dumps(content, separators=(",", ":")).encode())

    claims = {"exp": _YEAR_2100, "sub": access_key, "iss": "prometheus"}
    signed = f"{part({'alg': 'HS512', 'typ': 'JWT'})}.{part(claims)}"
    signature = hmac.new(secret_key.encode(), signed.encode(), hashlib.sha512).digest()
    return f"{signed}.{encoded(signature)}"
