"""The Python packages, in a virtual environment outside the checkout."""

import fcntl
import hashlib
import importlib.util
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from toolchain.paths import ROOT, cache_directory
from toolchain.process import Failed, run, say

REQUIREMENTS = "requirements.lock"
DEVELOPMENT = "requirements-dev.lock"


def directory() -> Path:
    """Where the virtual environment for these requirements and this Python is, or will be."""
    key = _hash(sys.version.encode(), REQUIREMENTS, DEVELOPMENT)
    return cache_directory() / "python" / key


def create() -> None:
    """Make the virtual environment, without any package but pip.

    Raises:
        Failed: this Python has no module for it.
    """
    _make(directory())


def _make(target: Path) -> None:
    if (target / "made").exists():
        return
    if not importlib.util.find_spec("ensurepip"):
        raise Failed(
            "a virtual environment for the Python packages",
            f"{sys.executable} has no module ensurepip",
            "install it (on Debian or Ubuntu: apt-get install python3-venv), or name another"
            " Python: make PYTHON=...",
        )
    with _locked(target):
        if not (target / "made").exists():
            shutil.rmtree(target, ignore_errors=True)
            run([sys.executable, "-m", "venv", target], timeout=120)
            (target / "made").touch()


def complete() -> bool:
    """Whether what a stack needs is installed."""
    return _mark(REQUIREMENTS).exists()


def ensure(*, development: bool = False) -> None:
    """Install the pinned packages, unless they are.

    Args:
        development: also what only the checks of this repository need.

    Raises:
        Failed: pip could not; the next call goes on.
    """
    create()
    for requirements in (REQUIREMENTS, DEVELOPMENT) if development else (REQUIREMENTS,):
        mark = _mark(requirements)
        if mark.exists():
            continue
        with _locked(directory()):
            if not mark.exists():
                say(f"Installing the Python packages of {requirements}")
                # The file has all there is to install, and the hashes of it.
                install(["--require-hashes", "--no-deps", "--requirement", ROOT / requirements])
                mark.touch()


def separate(requirements: Path) -> Path:
    """Install packages that collide with ours into an environment of their own.

    Args:
        requirements: the file that lists them.

    Returns:
        Where their commands are.

    Raises:
        Failed: pip could not; the next call goes on.
    """
    target = cache_directory() / "python" / _hash(sys.version.encode(), str(requirements))
    _make(target)
    if not (target / "complete").exists():
        with _locked(target):
            say(f"Installing the Python packages of {requirements.relative_to(ROOT)}")
            run([target / "bin/pip", "install", "--quiet", "-r", requirements], timeout=1200)
            (target / "complete").touch()
    return target / "bin"


def install(arguments: Sequence[str | Path]) -> None:
    """Call `pip install` of the virtual environment: the machine's Python may have no pip."""
    run([directory() / "bin/pip", "install", "--quiet", *arguments], timeout=1200)


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _mark(requirements: str) -> Path:
    """Exists where the packages of a file are installed."""
    return directory() / f"complete-{_hash(b'', requirements)}"


def _hash(start: bytes, *names: str) -> str:
    digest = hashlib.sha256(start)
    for name in names:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()[:12]
