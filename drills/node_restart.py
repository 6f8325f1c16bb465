"""The node goes down hard and comes back: a training goes on. All stacks of the node go with it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cluster import lifecycle
from cluster.kind import Kind
from drills.row import Row
from drills.stand import deployed
from drills.trainee import train_through
from front_door.request import Request
from toolchain.process import say

# As the kernel has them: at most 15 characters.
NODE_PROGRAMS = ("kubelet", "containerd", "containerd-shim")


def run(request: Request) -> Iterator[Row]:
    """Kill every process of the node at once and start it again, while a client trains."""
    if request.kind is not Kind.NODE:
        say("Only a Minikube on this machine itself can be killed from here: left out")
        return

    def restart() -> None:
        kill_node()
        lifecycle.up(None)

    with deployed(request, "node") as stand:
        yield from train_through(stand, "a restart of the node", restart)


def kill_node() -> None:
    """Kill the node's programs and all containers, none of which can say goodbye."""
    parents, names = _processes()
    doomed = {pid for pid, name in names.items() if name in NODE_PROGRAMS}
    while more := {pid for pid, parent in parents.items() if parent in doomed} - doomed:
        doomed |= more
    for pid in doomed:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_kubelet() -> None:
    """Kill the kubelet alone: containers go on, and what watches over it starts it again."""
    for pid, name in _processes()[1].items():
        if name == "kubelet":
            os.kill(pid, signal.SIGKILL)


def _processes() -> tuple[dict[int, int], dict[int, str]]:
    """Parent and program of every process."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            pid, _, rest = stat.read_text().partition(" (")
            name, _, fields = rest.rpartition(") ")
            parents[int(pid)], names[int(pid)] = int(fields.split()[1]), name
    return parents, names
