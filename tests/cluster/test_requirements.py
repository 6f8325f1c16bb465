import socket
from pathlib import Path

import pytest

from cluster.bare import requirements


def test_a_taken_port_is_named_with_its_holder() -> None:
    with socket.socket() as listener:
        listener.bind(("", 0))
        listener.listen()
        [problem] = requirements._port(listener.getsockname()[1])
    assert "is taken by" in problem
    assert "process" in problem


def test_a_free_port_is_no_problem() -> None:
    with socket.socket() as listener:
        listener.bind(("", 0))
        port = listener.getsockname()[1]
    assert requirements._port(port) == []


@pytest.mark.parametrize(
    ("release", "accepted"),
    [("6.1.0-18-amd64", True), ("5.4.0", True), ("4.19.0-27-amd64", False), ("3.10.0", False)],
)
def test_an_old_kernel_is_refused(release: str, accepted: bool) -> None:
    assert (requirements._kernel(release) == []) is accepted


def test_too_little_memory_and_disk_are_refused_with_what_is_needed() -> None:
    assert "2.0 GiB of memory, and 4 are needed" in requirements._memory(2 * 2**30)[0]
    assert "3 GiB of disk" in requirements._disk(3 * 2**30)[0]
    assert requirements._memory(8 * 2**30) == requirements._disk(80 * 2**30) == []


def test_every_problem_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(requirements, "_memory", lambda _size: ["1 GiB of memory"])
    found = "; ".join(requirements.problems())
    assert "you are not root" in found
    assert "1 GiB of memory" in found


def test_the_node_of_another_cluster_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements, "KUBELET", tmp_path)
    assert any("node of another cluster" in problem for problem in requirements.problems())
