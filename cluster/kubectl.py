"""kubectl against one context."""

import json
from typing import Any

from toolchain.process import run

TIMEOUT_S = 60


def kubectl(
    context: str, *arguments: str, stdin: str | None = None, timeout: float = TIMEOUT_S
) -> str:
    """Run kubectl against `context` and return what it printed.

    Raises:
        Failed: it did not succeed within `timeout` seconds.
    """
    request_timeout = f"--request-timeout={min(timeout, TIMEOUT_S):.0f}s"
    command = ["kubectl", f"--context={context}", request_timeout, *arguments]
    return run(command, timeout=timeout, stdin=stdin)


def get(context: str, *arguments: str) -> list[dict[str, Any]]:
    """The objects that `kubectl get` finds."""
    found = json.loads(
        kubectl(context, "get", *arguments, "--output=json", "--ignore-not-found") or "{}"
    )
    return found.get("items", [found] if found else [])
