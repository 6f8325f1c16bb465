"""The journey of a client with an empty home, in a process beside the other tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smoke_tests.settings import PREFIX

ROOT = Path(__file__).parent.parent
_PASSED = {"PATH", "TMPDIR", "WINE_CSV"}


@contextmanager
def journey(label: str, home: Path) -> Iterator[subprocess.Popen[str]]:
    """Run it until the block ends.

    A process of its own: its environment is empty, its home too, and it can be ended if it hangs.

    Args:
        label: Begins every name that it makes; its maker cleans up.
        home: An empty directory.

    Yields:
        The process, whose output is one stream.
    """
    command = [sys.executable, "-m", "pytest", "smoke_tests/test_journey.py", "--quiet"]
    command += ["-p", "no:cacheprovider", "--plain-client", label]
    variables = {k: v for k, v in os.environ.items() if k in _PASSED or k.startswith(PREFIX)}
    # Not the client's: the tests reach a store by it that is not published.
    cluster = os.environ.get("KUBECONFIG") or str(Path.home() / ".kube/config")
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**variables, "HOME": str(home), "KUBECONFIG": cluster},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
