"""Asks an ASGI application without a socket between."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Said:
    """What an application answered."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def ask_async(
    application: Any,
    path: str = "/invocations",
    body: bytes | Sequence[bytes] = b"",
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
) -> Said:
    """Send a request, its body in one piece or in several."""
    pieces = [body] if isinstance(body, bytes) else list(body)
    messages = [
        {"type": "http.request", "body": piece, "more_body": place < len(pieces)}
        for place, piece in enumerate(pieces, start=1)
    ]
    said = Said()

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            said.status = message["status"]
            said.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            said.body += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [
            (name.lower().encode(), value.encode()) for name, value in (headers or {}).items()
        ],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    try:
        await application(scope, receive, send)
    except Exception:
        # Starlette raises again what it has answered with 500, for the log.
        if said.status != 500:
            raise
    return said


def ask(application: Any, *arguments: Any, **options: Any) -> Said:
    return asyncio.run(ask_async(application, *arguments, **options))
