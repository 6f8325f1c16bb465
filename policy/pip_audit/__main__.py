"""`make scan` asks for known flaws of the Python packages of MLflow's image and of the project.

The index that packages come from says them, where it does at all: a mirror may not. MinIO's modules
are gone through with govulncheck, by hand; for Debian's packages, the base is upgraded when built.
"""

import json
import sys
from pathlib import Path
from typing import Any

from toolchain import virtual_environment
from toolchain.paths import ROOT
from toolchain.process import Failed, run, say

LOCKS = ("images/mlflow/requirements.txt", "requirements-dev.lock")
_HERE = Path(__file__).resolve().parent


def main() -> int:
    """Print what is known, and return how much it is."""
    program = virtual_environment.separate(_HERE / "requirements.txt") / "pip-audit"
    flaws = 0
    for lock in LOCKS:
        # It ends with an error where it has found something.
        command = ["sh", "-c", '"$0" "$@" || test $? = 1', program, "--requirement", ROOT / lock]
        command += ["--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json"]
        packages = json.loads(run(command, timeout=300))["dependencies"]
        flaws += _told(lock, packages)
    return flaws


def _told(lock: str, packages: list[dict[str, Any]]) -> int:
    """Say what was found, and what could not be asked; return the number of flaws."""
    found = [(one, flaw) for one in packages for flaw in one.get("vulns", [])]
    for one, flaw in found:
        fixed = ", ".join(flaw["fix_versions"]) or "no version"
        say(f"{one['name']} {one['version']}: {flaw['id']}, fixed in {fixed}")
    skipped = sum("skip_reason" in one for one in packages)
    unknown = f"; {skipped} could not be asked about" if skipped else ""
    print(f"pip-audit: {len(found)} known flaws in {len(packages)} packages of {lock}{unknown}")
    return len(found)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except Failed as failure:
        sys.exit(str(failure))
