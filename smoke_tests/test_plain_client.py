"""The same journey by a client that knows nothing but the tracking URI, and resolves no other host.

With artifacts=presigned it resolves the store's host too; with direct it also has the tutorial's
key.
"""

from __future__ import annotations

import subprocess

import pytest

# A client that is sent to a store it cannot reach retries for minutes; one that is not takes 15 s,
# on a busy machine 50.
TIMEOUT_S = 90


def test_the_journey_needs_no_other_setting(plain_client: subprocess.Popen[str]) -> None:
    try:
        printed, _ = plain_client.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired as hang:
        printed = (hang.stdout or b"").decode()
        pytest.fail(
            f"a client without any other setting was not done after {TIMEOUT_S} s: does "
            f"/api/3.0/mlflow/server-info send it to a store that it cannot reach?\n{printed}",
            pytrace=False,
        )
    assert plain_client.returncode == 0, printed
