"""A line of JSON for each request, with an id that is in the answer's header too.

The same for MLflow's server and for served models. A line has the path without its query, which may
hold a signature, and no header but the id.
"""

import base64
import binascii
import json
import os
import re
import sys
import time
from datetime import UTC, datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ID = b"x-request-id"
_GOOD_ID = re.compile(rb"[\w.:-]{8,64}", re.ASCII)
_CLIENT_LEFT = 499
"""What a request is noted as whose client left before the answer began, after nginx."""


class Logged:
    """An app whose answers are noted on standard output, but those to the kubelet's probes."""

    def __init__(self, app: ASGIApp, *, names_users: bool = False) -> None:
        """Begin to note.

        Args:
            app: what answers.
            names_users: whether its clients log in, by HTTP's basic authentication.
        """
        self._app = app
        self._names_users = names_users

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and note it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if headers.get(b"user-agent", b"").startswith(b"kube-probe/"):
            await self._app(scope, receive, send)
            return
        # The ingress's, where it gave one; what a client makes up must not look like another line.
        request_id = headers.get(_ID, b"")
        if not _GOOD_ID.fullmatch(request_id):
            request_id = os.urandom(8).hex().encode()
        status, size = _CLIENT_LEFT, 0

        async def noted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_ID, request_id)]
            else:
                size += len(message.get("body", b""))
            await send(message)

        now, began = time.time(), time.perf_counter()
        try:
            await self._app(scope, receive, noted)
        except Exception:
            status = 500
            raise
        finally:
            line: dict[str, object] = {
                "time": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
                "id": request_id.decode(),
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "duration_ms": round((time.perf_counter() - began) * 1000, 1),
                "bytes": size,
            }
            # Whoever is refused may have mistaken the field of the password for that of the name.
            if self._names_users and status != 401:
                line["user"] = _user(headers.get(b"authorization", b""))
            sys.stdout.write(f"{json.dumps(line)}\n")


def _user(authorization: bytes) -> str | None:
    """The name that somebody logs in by; None for nobody's."""
    scheme, _, login = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        name, _, _ = base64.b64decode(login).partition(b":")
    except binascii.Error:
        return None
    return name.decode(errors="replace") or None
