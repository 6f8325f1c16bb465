from collections.abc import Mapping
from pathlib import Path

import pytest

from images import build as build_module
from images.build import build, missing
from images.names import image_names
from toolchain.process import Failed


class RecordingBuilder:
    """Builds nothing, and remembers what it was given."""

    program = "recorder"

    def __init__(self, *kept: str) -> None:
        self.kept = {image_names()[name] for name in kept}
        self.contexts: dict[str, set[str]] = {}
        self.arguments: dict[str, dict[str, str]] = {}
        self.fails_at = ""

    def has(self, image: str) -> bool:
        return image in self.kept

    def size(self, image: str) -> int:
        return len(image)

    def debian(self) -> str | None:
        return "localhost/debian:test"

    def build(self, image: str, context: Path, arguments: Mapping[str, str]) -> None:
        name = image.rpartition("/")[2].partition(":")[0]
        if name == self.fails_at:
            raise Failed(f"build {name}", "exit code 1", "mend it")
        files = (path for path in context.rglob("*") if path.is_file())
        self.contexts[name] = {path.relative_to(context).as_posix() for path in files}
        self.arguments[name] = dict(arguments)
        self.kept.add(image)

    def export(self, image: str, archive: Path) -> None:
        archive.write_text(image)

    def published(self, image: str) -> bool:
        raise NotImplementedError(image)

    def push(self, image: str, target: str) -> None:
        raise NotImplementedError(image, target)

    def remove(self, image: str) -> None:
        self.kept.remove(image)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def binaries(tmp_path: Path) -> dict[str, Path]:
    binary = tmp_path / "minio"
    binary.write_text("program")
    return {"minio": binary}


def test_everything_is_built_on_one_base(binaries: dict[str, Path]) -> None:
    builder = RecordingBuilder()
    assert build(builder, binaries) == image_names()
    parents = {name: arguments["BASE"] for name, arguments in builder.arguments.items()}
    base = image_names()["base"]
    assert parents == {
        "base": "localhost/debian:test",
        "postgres": base,
        "minio": base,
        "mlflow": base,
    }


def test_what_is_there_is_not_built_again(binaries: dict[str, Path]) -> None:
    builder = RecordingBuilder("base", "postgres", "minio")
    build(builder, binaries)
    assert set(builder.contexts) == {"mlflow"}
    builder.contexts.clear()
    build(builder, {})
    assert not builder.contexts


def test_a_base_that_nothing_stands_on_is_not_built() -> None:
    assert missing(RecordingBuilder("postgres", "minio", "mlflow")) == []


def test_the_base_is_built_before_what_is_missing_on_it() -> None:
    assert missing(RecordingBuilder("postgres", "minio")) == ["base", "mlflow"]


def test_a_context_holds_what_the_image_is_made_of_and_nothing_else(
    binaries: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificates = tmp_path / "authorities.pem"
    certificates.write_text("trust me")
    monkeypatch.setenv("PIP_CERT", str(certificates))
    builder = RecordingBuilder()
    build(builder, binaries)
    assert builder.contexts["minio"] == {"Containerfile", "minio"}
    assert "mlplatform_server/migration.py" in builder.contexts["mlflow"]
    assert not any("__pycache__" in file for file in builder.contexts["mlflow"])
    trusted = [name for name, files in builder.contexts.items() if "certificates.crt" in files]
    assert trusted == ["mlflow"]
    assert builder.arguments["mlflow"]["PIP_CERT"] == "/build/certificates.crt"


def test_only_the_image_that_needs_pip_learns_the_package_index(
    binaries: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://someone:secret@packages.example/simple")
    builder = RecordingBuilder()
    build(builder, binaries)
    told = [name for name, given in builder.arguments.items() if "PIP_INDEX_URL" in given]
    assert told == ["mlflow"]


def test_what_was_finished_before_a_failure_stays(binaries: dict[str, Path]) -> None:
    builder = RecordingBuilder()
    builder.fails_at = "mlflow"
    with pytest.raises(Failed, match="build mlflow"):
        build(builder, binaries)
    assert missing(builder) == ["mlflow"]


def test_contexts_are_gone_after_the_build(
    binaries: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(build_module.tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    builder = RecordingBuilder()
    builder.fails_at = "minio"
    with pytest.raises(Failed):
        build(builder, binaries)
    assert {path.name for path in tmp_path.iterdir()} - {path.name for path in before} == {"cache"}


def test_progress_leaves_standard_output_alone(
    binaries: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    build(RecordingBuilder(), binaries)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "mlflow" in printed.err
    assert "(4 of 4" in printed.err
