"""The Python packages, in a virtual environment outside the checkout."""

import fcntl
import hashlib
import shutil
import sys
from pathlib import Path

from toolchain.paths import ROOT, cache_directory
from toolchain.process import run, say

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "constraints.txt")


def directory() -> Path:
    """Where the virtual environment for these requirements and this Python is, or will be."""
    digest = hashlib.sha256(sys.version.encode())
    for name in REQUIREMENTS:
        digest.update((ROOT / name).read_bytes())
    return cache_directory() / "python" / digest.hexdigest()[:12]


def ensure() -> None:
    """Install the pinned packages, unless they are.

    Raises:
        Failed: pip could not; what it had begun is thrown away.
    """
    target = directory()
    complete = target / "complete"
    if complete.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if complete.exists():
            return
        say("Installing the Python packages of requirements-dev.txt")
        shutil.rmtree(target, ignore_errors=True)
        run(
            [sys.executable, "-m", "venv", target],
            timeout=120,
            todo="install Python's venv module (on Debian: apt-get install python3-venv)",
        )
        requirements = ROOT / "requirements-dev.txt"
        run([target / "bin/pip", "install", "--quiet", "-r", requirements], timeout=1200)
        complete.touch()
