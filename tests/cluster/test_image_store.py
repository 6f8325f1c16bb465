from pathlib import Path

import pytest

from cluster import image_store
from cluster.kind import Kind
from toolchain.process import Failed


@pytest.mark.parametrize("kind", [Kind.MINIKUBE, Kind.NODE])
def test_an_image_that_the_node_does_not_list_was_not_loaded(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_store, "run", lambda _command, **_: "localhost/other:1\n")
    with pytest.raises(Failed, match="does not list it"):
        image_store.load(kind, Path("image.tar"), "localhost/x:1")
    image_store.load(kind, Path("image.tar"), "localhost/other:1")
