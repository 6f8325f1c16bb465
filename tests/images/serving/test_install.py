"""The model's own requirements, installed by uv from a directory of wheels."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mlplatform_server.serving import install
from mlplatform_server.waiting import FAILED_FOR_GOOD


def wheel(directory: Path, name: str, version: str, needs: str = "") -> None:
    """Make a package whose module says its version."""
    about = f"{name}-{version}.dist-info"
    required = f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(directory / f"{name}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}.py", f"VERSION = {version!r}\n")
        file.writestr(
            f"{about}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}",
        )
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{about}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All the packages that there are; MLflow is not among them."""
    directory = tmp_path / "index"
    directory.mkdir()
    for version in ("1.0", "2.0"):
        wheel(directory, "grapes", version)
    wheel(directory, "pressing", "1.0", "grapes<2")
    monkeypatch.setenv("UV_NO_INDEX", "true")
    monkeypatch.setenv("UV_FIND_LINKS", str(directory))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(install, "_SERVER", ())
    return directory


def installed(tmp_path: Path, *wanted: str) -> Path:
    requirements, target = tmp_path / "requirements.txt", tmp_path / "packages"
    requirements.write_text("\n".join(wanted))
    install.install(requirements, target)
    return target


@pytest.mark.usefixtures("index")
def test_what_the_image_lacks_is_installed_with_what_that_needs(tmp_path: Path) -> None:
    target = installed(tmp_path, "pressing", "packaging")
    program = "import grapes, packaging; print(grapes.VERSION, packaging.__file__)"
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert said[0] == "1.0"
    assert str(target) not in said[1]


def test_what_was_installed_before_a_restart_stays_until_something_else_is_wanted(
    index: Path, tmp_path: Path
) -> None:
    target = installed(tmp_path, "grapes==1.0")
    for file in index.iterdir():
        file.rename(tmp_path / file.name)
    assert installed(tmp_path, "grapes==1.0") == target
    with pytest.raises(SystemExit):
        installed(tmp_path, "grapes==2.0")


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (("pressing", "grapes==2.0"), "pressing"),
        (("raisins",), "raisins"),
        (("./code",), "code"),
    ],
)
def test_what_cannot_be_had_is_given_up_for_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wanted: tuple[str, ...], named: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        installed(tmp_path, *wanted)
    assert ended.value.code == FAILED_FOR_GOOD
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("Its requirements cannot be installed: ")
    assert named in line


def test_an_index_that_does_not_answer_is_asked_again(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert index
    monkeypatch.delenv("UV_NO_INDEX")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(SystemExit) as ended:
        installed(tmp_path, "raisins")
    assert "127.0.0.1:9" in str(ended.value.code)


def test_a_model_without_requirements_gets_nothing(tmp_path: Path, index: Path) -> None:
    assert index
    target = tmp_path / "packages"
    install.install(tmp_path / "none.txt", target)
    assert [file.name for file in target.iterdir()] == [".installed"]
