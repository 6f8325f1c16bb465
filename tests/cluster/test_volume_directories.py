"""Directories of volumes, on a machine that is the node and on two nodes that are asked by ssh."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cluster import volume_directories
from cluster.kind import Kind
from toolchain.process import Failed


def node(name: str, ready: str = "True") -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready}]
    return {"metadata": {"name": name}, "status": {"conditions": conditions}}


@pytest.fixture
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Nodes whose directories are below one of this machine; there is no sudo, and no ssh."""
    found = [node("minikube"), node("minikube-m02"), node("gone", ready="Unknown")]
    monkeypatch.setattr(volume_directories, "get", lambda *_: found)
    monkeypatch.setattr(volume_directories, "ROOT", "volumes")

    def run(command: Sequence[str], **_: float) -> str:
        name = next(
            (word.removeprefix("--node=") for word in command if word.startswith("--node=")), "."
        )
        if not (tmp_path / name).exists():
            raise Failed("ssh", f"no node {name}", "")
        line = command[-1].removeprefix("sudo ")
        return subprocess.run(
            ["sh", "-c", line],
            cwd=tmp_path / name,
            check=True,
            capture_output=True,
            text=True,
            timeout=20,
        ).stdout

    monkeypatch.setattr(volume_directories, "run", run)
    for name in ("minikube", "minikube-m02"):
        (tmp_path / name).mkdir()
    return found


def fill(node: Path, namespace: str, size: int) -> None:
    claim = node / "volumes" / namespace / "claim"
    claim.mkdir(parents=True)
    (claim / "data").write_bytes(b"x" * size)


@pytest.mark.usefixtures("nodes")
def test_sizes_are_those_of_all_nodes_together(tmp_path: Path) -> None:
    fill(tmp_path / "minikube", "mlplatform-dev", 10**6)
    fill(tmp_path / "minikube-m02", "mlplatform-dev", 10**6)
    fill(tmp_path / "minikube-m02", "mlplatform-pr-1", 10**5)
    sizes = volume_directories.sizes(Kind.MINIKUBE)
    assert 2 * 10**6 <= sizes["mlplatform-dev"] < 2.1 * 10**6
    assert 10**5 <= sizes["mlplatform-pr-1"] < 2 * 10**5
    assert sizes["mlplatform-none"] == 0


@pytest.mark.usefixtures("nodes")
def test_a_directory_on_the_second_node_is_found_and_removed(tmp_path: Path) -> None:
    fill(tmp_path / "minikube-m02", "mlplatform-dev", 10)
    assert volume_directories.exists(Kind.MINIKUBE, "mlplatform-dev")
    assert not volume_directories.exists(Kind.MINIKUBE, "mlplatform-de")
    volume_directories.remove(Kind.MINIKUBE, "mlplatform-dev")
    assert not volume_directories.exists(Kind.MINIKUBE, "mlplatform-dev")
    assert list((tmp_path / "minikube-m02/volumes").iterdir()) == []


@pytest.mark.usefixtures("nodes")
def test_a_machine_that_is_the_node_is_asked_itself(tmp_path: Path) -> None:
    fill(tmp_path, "mlplatform-dev", 10**6)
    assert volume_directories.sizes(Kind.NODE)["mlplatform-dev"] >= 10**6
    assert volume_directories.exists(Kind.NODE, "mlplatform-dev")


def test_a_node_that_answers_the_cluster_and_not_us_is_not_taken_for_an_empty_one(
    nodes: list[dict[str, Any]],
) -> None:
    nodes.append(node("minikube-m03"))
    with pytest.raises(Failed, match="no node minikube-m03"):
        volume_directories.sizes(Kind.MINIKUBE)
