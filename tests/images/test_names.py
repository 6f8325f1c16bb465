import re
import shutil
from pathlib import Path

import pytest

from images import names
from images.names import CHILDREN, image_names


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what the names are computed from."""
    for folder in ("images", "toolchain/modules/minio", "toolchain/wheels"):
        shutil.copytree(names.ROOT / folder, tmp_path / folder)
    monkeypatch.setattr(names, "ROOT", tmp_path)
    monkeypatch.setattr(names, "ROOM", tmp_path / "images")
    return tmp_path


def renamed_by(change: Path) -> set[str]:
    before = image_names()
    change.write_text(change.read_text() + "\n" if change.exists() else "new")
    after = image_names()
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("file", "images"),
    [
        ("images/base/Containerfile", {"base", *CHILDREN}),
        ("images/postgres/pg_hba.conf", {"postgres"}),
        ("images/mlflow/mlplatform_server/migration.py", {"mlflow"}),
        ("images/mlflow/a_new_file.txt", {"mlflow"}),
        ("toolchain/modules/minio/go.sum", {"minio"}),
        ("toolchain/modules/minio/flaws.go.txt", {"minio"}),
        ("toolchain/wheels/seaweedfs.txt", {"seaweedfs"}),
        ("images/names.py", set[str]()),
        ("images/mlflow/mlplatform_server/__pycache__/migration.cpython-313.pyc", set[str]()),
    ],
)
def test_a_changed_file_renames_the_images_made_of_it_and_no_other(
    checkout: Path, file: str, images: set[str]
) -> None:
    (checkout / file).parent.mkdir(exist_ok=True)
    assert renamed_by(checkout / file) == images


def test_a_renamed_file_is_another_image(checkout: Path) -> None:
    before = image_names()
    (checkout / "images/postgres/pg_hba.conf").rename(checkout / "images/postgres/hba.conf")
    assert image_names()["postgres"] != before["postgres"]


def test_two_checkouts_of_the_same_files_agree(checkout: Path) -> None:
    copied = image_names()
    assert checkout != Path(__file__).parents[2]
    names.ROOT, names.ROOM = Path(__file__).parents[2], Path(__file__).parents[2] / "images"
    assert image_names() == copied


def test_an_image_for_other_machines_has_a_name_of_its_own() -> None:
    usual, other = (image_names("r.example.com", machine) for machine in ("amd64", "arm64"))
    assert {name: f"{image}-arm64" for name, image in usual.items()} == other


def test_names_say_registry_image_version_and_hash() -> None:
    for name, image in image_names().items():
        assert re.fullmatch(rf"localhost/mlplatform/{name}:[a-z0-9.-]+-[0-9a-f]{{12}}", image)


def test_a_registry_takes_the_place_of_localhost() -> None:
    local, remote = image_names(), image_names("registry.example/team")
    assert remote == {
        name: image.replace("localhost/mlplatform", "registry.example/team")
        for name, image in local.items()
    }


def test_a_containerfile_without_a_version_is_refused(checkout: Path) -> None:
    (checkout / "images/minio/Containerfile").write_text("FROM scratch\n")
    with pytest.raises(ValueError, match=r"images/minio/Containerfile has no LABEL"):
        image_names()
