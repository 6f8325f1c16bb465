"""What a rehearsal must leave as it was."""

import re
from collections.abc import Mapping
from pathlib import Path

from toolchain.process import run

Machine = Mapping[str, frozenset[str]]
_OF_OTHERS = re.compile(
    r"veth|KUBE-|CNI-|/run/netns/cni-|/run/containerd/|/var/lib/kubelet/|/var/lib/containers/"
)
"""Comes and goes with the pods of another cluster, and with images that are built meanwhile."""
ETC = Path("/etc")


def look() -> Machine:
    """Everything outside that a container engine, a cluster or a person's setting changes."""
    return {
        "interface": _lines(["ip", "-brief", "link"], first_word=True),
        "route": _lines(["ip", "route"]),
        "firewall": _lines(["iptables-save"]) | _lines(["nft", "list", "tables"]),
        "mount": frozenset(Path("/proc/self/mounts").read_text().splitlines()),
        "setting": frozenset({Path("/proc/sys/net/ipv4/ip_forward").read_text()}),
        "file": frozenset(
            f"{name}: {(ETC / name).stat().st_mtime}" for name in ("hosts", "passwd", "group")
        ),
        "control group": frozenset(str(path) for path in Path("/sys/fs/cgroup").glob("*/*/")),
    }


def differences(before: Machine, after: Machine) -> list[str]:
    """A line for everything that came or went between two looks."""
    return [
        f"{kind} {change}: {line}"
        for kind in before
        for change, lines in (
            ("gone", before[kind] - after[kind]),
            ("new", after[kind] - before[kind]),
        )
        for line in sorted(lines)
        if not _OF_OTHERS.search(line)
    ]


def _lines(command: list[str], *, first_word: bool = False) -> frozenset[str]:
    lines = [line for line in run(command, timeout=30).splitlines() if line[:1] not in ("#", ":")]
    return frozenset(line.split()[0] if first_word else line for line in lines if line)
