"""A piece of this machine that can be thrown away: its processes, network, mounts and /etc.

What a rehearsal starts ends with it, and what it changes is gone: another cluster on the machine,
its firewall rules and its container engine are not even seen from inside.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from smoke_tests.wait import wait_until
from toolchain.paths import cache_directory
from toolchain.process import Failed, run

NAME = "rehearsal"
"""Of the network namespace, its outer interface, the table in the firewall, the control groups."""
HOST, INSIDE, PREFIX = "198.18.0.1", "198.18.0.2", 30
"""From the range for tests of network devices, which no network uses (RFC 2544)."""
LAYERED = ("etc", "opt", "usr", "var")
"""What is changed there stays inside: accounts, packages, what a cluster keeps."""
PLACE = Path("/srv")
"""Where the directory of the rehearsals is seen from inside, also by a user without root."""


def directory() -> Path:
    """What the rehearsals make and may use again: packages, images of the engine."""
    made = cache_directory() / "rehearsals"
    made.mkdir(exist_ok=True)
    return made


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other rehearsal runs on this machine."""
    with (directory() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def call(command: Sequence[str]) -> int:
    """Run a command inside, and return its exit code.

    Raises:
        Failed: this machine cannot be divided: not root, not Linux, iproute2 or nftables missing.
    """
    if os.geteuid() != 0:
        raise Failed("namespaces of their own for rehearsals", "you are not root", "use sudo -E")
    with _network() as network:
        divided = [*network, "unshare", "--mount", "--pid", "--fork", "--kill-child"]
        # What has lost its parent comes to the first process of a namespace, which has to wait for
        # it as any shell does: a dead Postgres that is not waited for seems to run.
        first = ["bash", "-c", '"$@"; exit', "first"]
        with subprocess.Popen([*divided, "--mount-proc", *first, *command]) as process:
            try:
                return process.wait()
            finally:
                # With it ends all that was started inside.
                process.kill()
                for name in ("changes", "home", "tmp"):
                    shutil.rmtree(directory() / name, ignore_errors=True)


def settle() -> None:
    """From inside: put what may change over what must not."""
    work = directory()
    shutil.rmtree(work / "changes", ignore_errors=True)
    for name in ("tmp", "home"):
        (work / name).mkdir(exist_ok=True)
    for name in LAYERED:
        upper, scratch = work / "changes" / name, work / "changes" / f"{name}.work"
        for made in (upper, scratch):
            made.mkdir(parents=True)
        layers = f"lowerdir=/{name},upperdir={upper},workdir={scratch}"
        run(["mount", "-t", "overlay", "-o", layers, "overlay", f"/{name}"], timeout=10)
    for mount in (
        ["-t", "tmpfs", "tmpfs", "/run"],
        ["--bind", str(work), str(PLACE)],
        ["--bind", str(work / "tmp"), "/tmp"],
    ):
        run(["mount", *mount], timeout=10)
    Path("/tmp").chmod(0o1777)
    PLACE.chmod(0o755)


@contextmanager
def _network() -> Iterator[Sequence[str]]:
    """A network of its own, which reaches others by this machine's address; yields the way in."""
    forwarding = Path("/proc/sys/net/ipv4/ip_forward")
    before = forwarding.read_text()
    # Not `ip netns`, which mounts over those of the pods of a cluster: they could not be deleted.
    namespace = directory() / "network"
    inner = ["nsenter", f"--net={namespace}"]
    _remove(namespace)
    try:
        namespace.touch()
        for command in (
            ["unshare", f"--net={namespace}", "true"],
            [*inner, "ip", "link", "add", "eth0", "type", "veth", *_PEER],
            ["ip", "address", "add", f"{HOST}/{PREFIX}", "dev", NAME],
            ["ip", "link", "set", NAME, "up"],
            [*inner, "ip", "address", "add", f"{INSIDE}/{PREFIX}", "dev", "eth0"],
            [*inner, "ip", "link", "set", "eth0", "up"],
            [*inner, "ip", "link", "set", "lo", "up"],
            [*inner, "ip", "route", "add", "default", "via", HOST],
        ):
            run(command, timeout=10)
        run(["nft", "--file", "-"], timeout=10, stdin=_MASQUERADE)
        forwarding.write_text("1")
        yield inner
    finally:
        forwarding.write_text(before)
        _remove(namespace)


def _remove(namespace: Path) -> None:
    """Take the network away, also what a rehearsal has left that was killed."""
    for command in (
        ["ip", "link", "delete", NAME],
        ["nft", "delete", "table", "ip", NAME],
        ["umount", str(namespace)],
    ):
        subprocess.run(command, check=False, capture_output=True)
    # Busy for a moment, while the last processes end.
    wait_until(_no_control_groups, timeout_s=20, describe="the control groups could be removed")


def _no_control_groups() -> bool:
    for group in Path("/sys/fs/cgroup").glob(f"*/{NAME}"):
        for path, _, _ in os.walk(group, topdown=False):
            Path(path).rmdir()
    return True


_PEER = ("peer", "name", NAME, "netns", "1")
_MASQUERADE = f"""table ip {NAME} {{
  chain postrouting {{
    type nat hook postrouting priority srcnat
    ip saddr {HOST}/{PREFIX} masquerade
  }}
}}
"""
