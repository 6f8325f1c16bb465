import os
import signal
import subprocess
import sys

import pytest

from drills import node_restart


def test_the_nodes_programs_go_with_their_children_and_nothing_else_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parents = {1: 0, 10: 1, 11: 10, 12: 11, 20: 1, 21: 20, 30: 1}
    names = {10: "containerd-shim", 11: "pause", 12: "kubelet-like", 20: "kubelet", 30: "bash"}
    killed: dict[int, int] = {}
    monkeypatch.setattr(node_restart, "_processes", lambda: (parents, names))
    monkeypatch.setattr(os, "kill", killed.__setitem__)
    node_restart.kill_node()
    assert killed == dict.fromkeys((10, 11, 12, 20, 21), signal.SIGKILL)


def test_processes_are_found_with_their_parents_and_names() -> None:
    code = "import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], executable=sys.executable) as child:
        parents, names = node_restart._processes()
        child.kill()
    assert parents[child.pid] == os.getpid()
    assert names[child.pid].startswith("python")
