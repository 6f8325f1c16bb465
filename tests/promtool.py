"""Prometheus' own judge of rules, from Debian's package."""

import fcntl
import shutil
import tempfile
from pathlib import Path

from toolchain.paths import cache_directory
from toolchain.process import run

_PACKAGE = "prometheus"


def promtool() -> Path | None:
    """Return the program: the machine's, or unpacked into the cache; None where neither can be."""
    found = shutil.which("promtool")
    if found is not None or shutil.which("apt-get") is None:
        return None if found is None else Path(found)
    target = cache_directory() / "programs" / "promtool"
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            with tempfile.TemporaryDirectory(prefix="promtool-", dir=target.parent) as directory:
                # Fetched by whoever is allowed to; apt's own user may not write here.
                fetch = ["apt-get", "download", "--option=APT::Sandbox::User=root", _PACKAGE]
                run(fetch, timeout=300, cwd=Path(directory))
                [package] = Path(directory).glob("*.deb")
                run(["dpkg", "--extract", package, directory], timeout=60)
                shutil.copy(Path(directory) / "usr/bin/promtool", target)
    return target
