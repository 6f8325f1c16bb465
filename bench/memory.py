"""How much memory MLflow takes."""

from __future__ import annotations

from smoke_tests.namespace import Namespace

# PSS: what processes share is counted once. The reader leaves itself out.
_SCRIPT = """
import os
from pathlib import Path
kilobytes = 0
for rollup in Path("/proc").glob("[0-9]*/smaps_rollup"):
    if rollup.parent.name != str(os.getpid()):
        lines = rollup.read_text().splitlines()
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
print(kilobytes)
"""


def memory_mb(namespace: Namespace) -> float:
    """Memory of all processes of one MLflow container, in MB (10^6 bytes), shared pages once."""
    kilobytes = namespace.execute("deployment/mlflow-server", ["python", "-"], stdin=_SCRIPT)
    return int(kilobytes) * 1024 / 1e6
