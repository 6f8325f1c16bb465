"""A cluster gets the images by the shortest way there is."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cluster.kind import Kind
from images import deliver as room
from images.destination import Destination
from images.names import CHILDREN, image_names, needed
from toolchain.process import Failed

REGISTRY = "registry.example.com/team"
TEAM = Destination(host=REGISTRY)


class Builder:
    """Builds in no time, and remembers what it built and pushed."""

    program = "docker"

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.there: set[str] = set()
        self.built: list[str] = []
        self.pushed: list[str] = []

    def has(self, image: str) -> bool:
        return image in self.kept

    def size(self, image: str) -> int:
        return len(image)

    def debian(self) -> str | None:
        return None

    def build(self, image: str, context: Path, arguments: Mapping[str, str]) -> None:
        del context, arguments
        self.built.append(image)
        self.kept.add(image)

    def export(self, image: str, archive: Path) -> None:
        assert self.has(image)
        archive.write_text(image)

    def published(self, image: str) -> bool:
        return image in self.there

    def push(self, image: str, target: str) -> None:
        assert self.has(image)
        self.pushed.append(target)

    def remove(self, image: str) -> None:
        self.kept.remove(image)


@pytest.fixture
def compiled() -> list[str]:
    return []


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: list[str]) -> Builder:
    builder = Builder()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(room, "find_builder", lambda: builder)

    def compile_minio(wanted: list[room.Program]) -> None:
        for program in wanted:
            compiled.append(program.name)
            place = room.toolchain_build.directory(program) / "bin"
            place.mkdir(parents=True, exist_ok=True)
            (place / program.name).touch()

    monkeypatch.setattr(room.toolchain_build, "ensure", compile_minio)
    return builder


def published(*parts: str) -> set[str]:
    return {image_names(REGISTRY)[part] for part in parts}


def test_what_the_registry_has_is_neither_built_nor_pushed(
    builder: Builder, compiled: list[str]
) -> None:
    builder.there = published(*CHILDREN)
    assert room.programs_needed(TEAM) == []
    room.deliver(Kind.NAMED, TEAM)
    assert (builder.built, builder.pushed, compiled) == ([], [], [])


def test_only_what_the_registry_lacks_is_built_and_pushed(
    builder: Builder, compiled: list[str]
) -> None:
    builder.there = published("minio", "mlflow")
    room.deliver(Kind.NAMED, TEAM)
    assert builder.pushed == [image_names(REGISTRY)["postgres"]]
    assert builder.built == [image_names()["base"], image_names()["postgres"]]
    assert compiled == []


def test_a_machine_unlike_the_nodes_pushes_nothing_and_deploys_what_is_there(
    builder: Builder,
) -> None:
    theirs = Destination(host=REGISTRY, architecture="riscv64")
    builder.there = published(*CHILDREN)  # of this machine's own
    with pytest.raises(Failed, match="which are riscv64"):
        room.deliver(Kind.NAMED, theirs)
    assert (builder.built, builder.pushed) == ([], [])
    builder.there = set(image_names(REGISTRY, "riscv64").values())
    room.deliver(Kind.NAMED, theirs)


def test_another_store_takes_the_place_of_minio(builder: Builder, compiled: list[str]) -> None:
    seaweedfs = Destination(host=REGISTRY, store="seaweedfs")
    assert [program.name for program in room.programs_needed(seaweedfs)] == ["seaweedfs"]
    room.deliver(Kind.NAMED, seaweedfs)
    assert compiled == ["seaweedfs"]
    assert image_names(REGISTRY)["seaweedfs"] in builder.pushed
    assert image_names(REGISTRY)["minio"] not in builder.pushed


def test_contents_that_were_built_for_one_registry_are_not_built_for_another(
    builder: Builder,
) -> None:
    room.deliver(Kind.NAMED, TEAM)
    builder.built.clear()
    room.deliver(Kind.NAMED, Destination(host="other.example.com"))
    assert builder.built == []
    assert builder.pushed[-3:] == [image_names("other.example.com")[part] for part in needed()]


def test_minio_is_compiled_only_where_its_image_is_built(
    builder: Builder, compiled: list[str]
) -> None:
    builder.kept = {image_names()["minio"], image_names()["base"]}
    assert room.programs_needed(Destination()) == []
    builder.kept.remove(image_names()["minio"])
    assert [program.name for program in room.programs_needed(Destination())] == ["minio"]
    room.deliver(Kind.NAMED, TEAM)
    assert compiled == ["minio"]


def test_ahead_of_its_program_minio_has_no_image(builder: Builder, compiled: list[str]) -> None:
    builder.there = published("mlflow")
    room.build_ahead(TEAM)
    assert builder.built == [image_names()["base"], image_names()["postgres"]]
    assert compiled == []


def test_a_named_cluster_without_a_registry_is_told_how_to_name_one() -> None:
    with pytest.raises(Failed, match="imageRegistry"):
        room.deliver(Kind.NAMED, Destination())


def test_without_a_builder_the_long_work_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise Failed("a builder", "none", "install one")

    monkeypatch.setattr(room, "find_builder", none)
    with pytest.raises(Failed, match="a builder"):
        room.check(Kind.MINIKUBE)
    room.check(Kind.NODE)  # gets one with its Debian packages


@pytest.mark.usefixtures("builder")
@pytest.mark.parametrize("kind", [Kind.MINIKUBE, Kind.NODE])
def test_a_node_gets_only_the_images_that_it_lacks(
    monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    loaded: list[str] = []
    names = image_names()
    monkeypatch.setattr(room.image_store, "names", lambda _kind: [names["minio"], names["mlflow"]])
    monkeypatch.setattr(room.image_store, "load", _remember(loaded))
    room.deliver(kind, Destination())
    assert loaded == [names["postgres"]]


def _remember(loaded: list[str]) -> Callable[[Kind, Path, str], None]:
    def load(_kind: Kind, archive: Path, image: str) -> None:
        assert archive.read_text() == image
        loaded.append(image)

    return load
