"""Keep secrets out of what the tests print."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

MASK = "***"


def mask(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret in a text, also where it stands URL-encoded."""
    for secret in secrets:
        for form in (secret, quote(secret, safe="")):
            text = text.replace(form, MASK)
    return text
