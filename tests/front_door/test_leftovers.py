"""What is looked for after a stack: in a cluster, a backend, a hosts file that are plain data."""

from pathlib import Path
from typing import Any

import pytest

from front_door import leftovers, pulumi
from front_door.leftovers import Inventory, hosts_file, images, objects, take_inventory
from front_door.request import Request
from images.names import image_names
from toolchain.process import Failed

REQUEST = Request("pr-42", None)
OLD = "localhost/mlplatform/minio:1-old"
OLDER = "localhost/mlplatform/mlflow:1-older"
HOSTS = """127.0.0.1 localhost # caf\udce9, in another encoding
192.0.2.1 mlflow-server.pr-42.local mlflow-minio.pr-42.local # mlplatform stack pr-42
192.0.2.1 mlflow-server.pr-4.local mlflow-minio.pr-4.local # mlplatform stack pr-4
192.0.2.1 mlflow-server.pr-42.local # my own
"""


def pod(namespace: str, image: str) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace}, "spec": {"containers": [{"image": image}]}}


@pytest.fixture(autouse=True)
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "hosts"
    file.write_text(HOSTS, errors="surrogateescape")
    monkeypatch.setattr(hosts_file, "HOSTS_FILE", file)
    return file


@pytest.fixture(autouse=True)
def traces(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    found: list[Path] = []
    monkeypatch.setattr(pulumi, "traces", lambda _stack: [path for path in found if path.exists()])
    return found


@pytest.fixture(autouse=True)
def pods(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The pods of the cluster, which hold the images."""
    found: list[dict[str, Any]] = []

    def get(_context: str, _kinds: str, place: str) -> list[dict[str, Any]]:
        wanted = place.removeprefix("--namespace=")
        return [
            pod
            for pod in found
            if place == "--all-namespaces" or pod["metadata"]["namespace"] == wanted
        ]

    monkeypatch.setattr(images, "get", get)
    return found


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The images of builder and node, on a machine where nothing else of the stack is left."""
    kept = {OLD, OLDER}
    monkeypatch.setattr(leftovers.removal, "kept", lambda _node, names: sorted({*names} & kept))
    monkeypatch.setattr(
        leftovers.removal, "remove", lambda _node, names: kept.difference_update(names)
    )
    monkeypatch.setattr(objects, "keeps_data", lambda _request: False)
    monkeypatch.setattr(objects, "left", lambda _request: [])
    monkeypatch.setattr(objects, "remove", lambda _request: None)
    return kept


def test_the_images_of_a_stack_are_those_of_its_objects_and_of_its_history(
    pods: list[dict[str, Any]], traces: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "history").mkdir()
    (tmp_path / "history/1.json").write_text(f'{{"image": "{OLDER}"}}')
    traces.append(tmp_path / "history")
    pods += [pod("mlplatform-pr-42", OLD), pod("mlplatform-pr-4", "localhost/mlplatform/minio:2")]
    assert images.had(REQUEST, cluster_is_gone=False) == {OLD, OLDER}
    assert images.had(REQUEST, cluster_is_gone=True) == {OLDER}


def test_the_images_of_this_checkout_stay_for_the_next_stack(pods: list[dict[str, Any]]) -> None:
    pods.append(pod("mlplatform-pr-42", image_names()["mlflow"]))
    assert images.had(REQUEST, cluster_is_gone=False) == set()


def test_an_image_that_another_stack_runs_is_not_removed(
    pods: list[dict[str, Any]], stored: set[str]
) -> None:
    pods += [pod("mlplatform-pr-42", OLD), pod("mlplatform-pr-42", OLDER)]
    inventory = take_inventory(REQUEST)
    pods[:] = [pod("mlplatform-pr-4", OLDER)]
    inventory.remove()
    assert stored == {OLDER}
    assert inventory.left() == []


def test_an_image_that_nobody_removed_is_left(stored: set[str]) -> None:
    assert stored
    assert f"image {OLD}" in Inventory(REQUEST, False, False, frozenset({OLD})).left()


@pytest.mark.usefixtures("stored")
def test_the_marked_line_of_the_stack_goes_and_every_other_stays(hosts: Path) -> None:
    take_inventory(REQUEST).remove()
    assert hosts.read_text(errors="surrogateescape").splitlines() == [
        line for line in HOSTS.splitlines() if not line.endswith("stack pr-42")
    ]


@pytest.mark.usefixtures("stored")
def test_whoever_may_not_write_the_hosts_file_is_told_the_command_and_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_path: Path, _text: str, **_: str) -> int:
        raise PermissionError

    monkeypatch.setattr(Path, "write_text", refuse)
    take_inventory(REQUEST).remove()
    said = capsys.readouterr().err
    assert "sudo sed -i.bak '/# mlplatform stack pr-42$/d'" in said


@pytest.mark.usefixtures("stored")
def test_what_is_left_in_the_cluster_fails_the_check_and_is_named(
    hosts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts.unlink()
    monkeypatch.setattr(objects, "left", lambda _request: ["persistentvolume pvc-1 (Released)"])
    with pytest.raises(Failed, match=r"pvc-1 \(Released\)"):
        take_inventory(REQUEST).remove()
