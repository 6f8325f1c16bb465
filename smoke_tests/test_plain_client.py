"""The same journey by a client that knows nothing but the tracking URI, and resolves no other host.

With artifacts=presigned it resolves the store's host too; with direct it also has the tutorial's
key.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from smoke_tests.settings import PREFIX

ROOT = Path(__file__).parent.parent
# A client that is sent to a store it cannot reach retries for minutes; one that is not takes 15 s,
# on a busy machine 50.
TIMEOUT_S = 90


def test_the_journey_needs_no_other_setting(label: str, tmp_path: Path) -> None:
    # A process of its own: its environment is empty, its home too, and it can be ended if it hangs.
    command = [sys.executable, "-m", "pytest", "smoke_tests/test_journey.py", "--quiet"]
    command += ["-p", "no:cacheprovider", "--plain-client", f"{label}-plain"]
    passed = {"PATH", "TMPDIR", "WINE_CSV"}
    variables = {k: v for k, v in os.environ.items() if k in passed or k.startswith(PREFIX)}
    # Not the client's: the tests reach a store by it that is not published.
    cluster = os.environ.get("KUBECONFIG") or str(Path.home() / ".kube/config")
    try:
        finished = subprocess.run(
            command,
            cwd=ROOT,
            env={**variables, "HOME": str(tmp_path), "KUBECONFIG": cluster},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as hang:
        printed = (hang.stdout or b"").decode()
        pytest.fail(
            f"a client without any other setting was not done after {TIMEOUT_S} s: does "
            f"/api/3.0/mlflow/server-info send it to a store that it cannot reach?\n{printed}",
            pytrace=False,
        )
    assert finished.returncode == 0, finished.stdout + finished.stderr
