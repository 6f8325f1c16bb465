"""Images are taken from every place that has them, and from no other."""

import pytest

from cluster.kind import Kind
from images import removal
from toolchain.process import Failed

OLD, NEW = "localhost/mlplatform/minio:1-old", "localhost/mlplatform/minio:1-new"


class Builder:
    """A store of images."""

    def __init__(self, *kept: str) -> None:
        self.kept = {*kept}

    def has(self, image: str) -> bool:
        return image in self.kept

    def remove(self, image: str) -> None:
        self.kept.remove(image)


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    images = {OLD, NEW}
    monkeypatch.setattr(removal.image_store, "names", lambda _kind: images)
    monkeypatch.setattr(removal.image_store, "remove", lambda _kind, image: images.remove(image))
    return images


def test_an_image_goes_from_node_and_builder_and_others_stay(
    node: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder(OLD, NEW)
    monkeypatch.setattr(removal, "find_builder", lambda: builder)
    assert removal.kept(Kind.NODE, [OLD]) == [OLD]
    removal.remove(Kind.NODE, [OLD])
    assert node == builder.kept == {NEW}
    assert removal.kept(Kind.NODE, [OLD]) == []


def test_an_image_that_only_the_builder_has_is_kept_too(
    node: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "find_builder", lambda: Builder(OLD))
    node.clear()
    assert removal.kept(Kind.NODE, [OLD, NEW]) == [OLD]


def test_without_a_node_and_a_builder_there_is_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_builder() -> Builder:
        raise Failed("a builder", "none", "install one")

    monkeypatch.setattr(removal, "find_builder", no_builder)
    assert removal.kept(None, [OLD]) == []
    removal.remove(None, [OLD])
