"""A registry that has no image: what a wrong tag meets, on this machine, without a download."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

_NOTHING = json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]})


class _Empty(http.server.BaseHTTPRequestHandler):
    """Answers as the distribution API does: it is a registry, and every manifest is unknown.

    https://distribution.github.io/distribution/spec/api/
    """

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self.wfile.write(self._answer())

    def _answer(self) -> bytes:
        is_base = self.path == "/v2/"
        body = b"{}" if is_base else _NOTHING.encode()
        self.send_response(HTTPStatus.OK if is_base else HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return body

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay quiet: the drill prints what matters."""


@contextmanager
def empty_registry() -> Iterator[str]:
    """Serve on a free port of this machine until the block ends; containerd speaks http there.

    Yields:
        The host and port of the registry.
    """
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Empty)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
