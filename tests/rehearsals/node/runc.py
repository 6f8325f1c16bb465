#!/usr/bin/python3 -IS
"""runc for a root that lacks CAP_SYS_RESOURCE, as on many hosted machines.

A container may then not ask for that capability, nor for what needs it: a lower OOM score than
one's own, a higher hard limit of open files. With the capability, this is runc itself.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

RUNC = "/usr/sbin/runc"
CAP_SYS_RESOURCE = 24


def _value(*options: str) -> str | None:
    """The word after one of these options."""
    for option, value in zip(sys.argv, sys.argv[1:], strict=False):
        if option in options:
            return value
    return None


def fit(process: dict[str, Any]) -> None:
    """Ask for no more than this process itself has.

    Args:
        process: as the OCI's runtime specification has it; changed in place.
    """
    for names in process.get("capabilities", {}).values():
        if "CAP_SYS_RESOURCE" in names:
            names.remove("CAP_SYS_RESOURCE")
    own = int(Path("/proc/self/oom_score_adj").read_text())
    if "oomScoreAdj" in process:
        process["oomScoreAdj"] = max(process["oomScoreAdj"], own)
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for limit in process.get("rlimits") or ():
        if limit["type"] == "RLIMIT_NOFILE" and highest != resource.RLIM_INFINITY:
            limit["hard"], limit["soft"] = min(limit["hard"], highest), min(limit["soft"], highest)


def main() -> None:
    """Mend the process that runc is to start, then become runc."""
    status = Path("/proc/self/status").read_text()
    bounding = int(status.partition("CapBnd:")[2].split()[0], 16)
    if not bounding >> CAP_SYS_RESOURCE & 1:
        bundle, process = _value("--bundle", "-b"), _value("--process", "-p")
        if process:
            file = Path(process)
            specification = json.loads(file.read_text())
            fit(specification)
            file.write_text(json.dumps(specification))
        elif bundle:
            file = Path(bundle) / "config.json"
            specification = json.loads(file.read_text())
            fit(specification["process"])
            file.write_text(json.dumps(specification))
    os.execv(RUNC, [RUNC, *sys.argv[1:]])


if __name__ == "__main__":
    main()
