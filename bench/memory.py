"""How much memory a container takes."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

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


def memory_mb(namespace: Namespace, workload: str) -> float:
    """Memory of all processes of one container, in MB (10^6 bytes), shared pages once.

    Args:
        namespace: where it is.
        workload: kind and name of what it is a pod of; its image has a Python.
    """
    kilobytes = namespace.execute(workload, ["python", "-"], stdin=_SCRIPT)
    return int(kilobytes) * 1024 / 1e6


def group_memory_mb(group: int) -> float:
    """Memory of all processes of a process group of this machine, as above.

    Args:
        group: its number.
    """
    kilobytes = 0
    for rollup in Path("/proc").glob("[0-9]*/smaps_rollup"):
        with suppress(OSError):
            if os.getpgid(int(rollup.parent.name)) == group:
                lines = rollup.read_text().splitlines()
                kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes * 1024 / 1e6
