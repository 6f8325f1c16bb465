"""A Docker engine from Debian's packages, unpacked and not installed."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smoke_tests.wait import wait_until
from tests.rehearsals.isolation import NAME, PLACE
from toolchain.process import run, say, succeeds

PACKAGES = ("docker.io", "containerd", "runc")
PROGRAMS = PLACE / "engine"
GROUP = "docker"
"""Who is in it may use the engine."""
_RUNC = Path(__file__).resolve().parent / "node/runc.py"


def path() -> str:
    """PATH of a machine on which the engine is installed, and nothing that is only this user's."""
    engine = [str(PROGRAMS / "usr/bin"), str(PROGRAMS / "usr/sbin")]
    system = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    return os.pathsep.join([*engine, *system])


@contextmanager
def running() -> Iterator[None]:
    """An engine at Docker's own socket, until the block ends."""
    _unpack()
    settings = PLACE / "daemon.json"
    runtime = {"runtimes": {"fit": {"path": str(_runc())}}, "default-runtime": "fit"}
    settings.write_text(json.dumps(runtime))
    run(["groupadd", "--force", GROUP], timeout=10)
    containerd = _start("containerd", "--root", PLACE / "containerd")
    wait_until(
        lambda: succeeds([PROGRAMS / "usr/bin/ctr", "version"]), timeout_s=30, describe="containerd"
    )
    docker = _start(
        "dockerd",
        f"--data-root={PLACE / 'docker'}",
        f"--config-file={settings}",
        f"--group={GROUP}",
        f"--cgroup-parent=/{NAME}",
        "--containerd=/run/containerd/containerd.sock",
        "--storage-driver=overlay2",
    )
    try:
        wait_until(lambda: succeeds(["docker", "version"]), timeout_s=60, describe="Docker")
        _clear()
        yield
    finally:
        for process in (docker, containerd):
            process.terminate()
            process.wait(60)


def _clear() -> None:
    """Remove what a rehearsal has left that was killed; images stay, for the next."""
    for container in run(["docker", "ps", "--all", "--quiet"], timeout=30).split():
        run(["docker", "rm", "--force", "--volumes", container], timeout=60)
    run(["docker", "volume", "prune", "--force"], timeout=60)
    run(["docker", "network", "prune", "--force"], timeout=60)


def _unpack() -> None:
    if (PROGRAMS / "complete").exists():
        return
    say(f"Unpacking {', '.join(PACKAGES)}")
    PROGRAMS.mkdir(exist_ok=True)
    # As root into a directory of root's: apt's own user may not write there, which it warns of.
    run(["apt-get", "download", *PACKAGES], timeout=300, cwd=PROGRAMS)
    for package in PROGRAMS.glob("*.deb"):
        run(["dpkg", "--extract", package, PROGRAMS], timeout=60)
        package.unlink()
    (PROGRAMS / "complete").touch()


def _runc() -> Path:
    """The runc that fits this machine, at a place that the engine's runc is at as well."""
    target = PLACE / "runc"
    text = _RUNC.read_text().replace("/usr/sbin/runc", str(PROGRAMS / "usr/sbin/runc"))
    target.write_text(text)
    target.chmod(0o755)
    return target


def _start(program: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
    with (PLACE / f"{program}.log").open("wb") as log:
        return subprocess.Popen(
            [program, *arguments],
            env={**os.environ, "PATH": path()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
