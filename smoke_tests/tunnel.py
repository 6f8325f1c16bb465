"""A way to a store that is not published: through the API of the cluster."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from smoke_tests.settings import PREFIX
from toolchain.process import Failed

_PORT = 9000


@contextmanager
def reachable_store(stack: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Have the store's URL lead to the store, as long as the block lasts.

    Args:
        stack: what `outputs.completed` returns.

    Yields:
        The same; where the store has no public host, with a URL of this machine.

    Raises:
        Failed: kubectl could not make the tunnel.
    """
    service = stack.get(f"{PREFIX}STORE_SERVICE")
    if service is None:
        yield dict(stack)
        return
    command = [
        "kubectl",
        f"--context={stack[f'{PREFIX}CONTEXT']}",
        f"--namespace={stack[f'{PREFIX}NAMESPACE']}",
        "port-forward",
        f"service/{service}",
        f":{_PORT}",
        "--address=127.0.0.1",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            # It prints a line once it listens, or why it does not.
            said = process.stdout.readline() if process.stdout else ""
            port = re.search(r"127\.0\.0\.1:(\d+)", said)
            if port is None:
                raise Failed(
                    "a tunnel to the store, which is not published", said.strip(), "make doctor"
                )
            known = {k: v for k, v in stack.items() if k != f"{PREFIX}STORE_SERVICE"}
            scheme = urlsplit(known[f"{PREFIX}S3_ENDPOINT_URL"]).scheme
            yield {**known, f"{PREFIX}S3_ENDPOINT_URL": f"{scheme}://127.0.0.1:{port[1]}"}
        finally:
            process.kill()
