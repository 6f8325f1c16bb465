"""Takes images away from where `deliver` has put them: the builder's store and the node."""

from collections.abc import Collection

from cluster import image_store
from cluster.kind import Kind
from images.builders import Builder, find_builder
from toolchain.process import Failed


def kept(node: Kind | None, images: Collection[str]) -> list[str]:
    """Tell which of the images are still in the builder's store or on the node.

    Args:
        node: the Minikube whose node it is; None where there is no node of ours.
        images: their names.
    """
    builder = _builder()
    built = [image for image in images if builder and builder.has(image)]
    return sorted({*built, *_on_node(node, images)})


def remove(node: Kind | None, images: Collection[str]) -> None:
    """Remove the images from both; one that is not there is fine.

    Raises:
        Failed: one could not be removed.
    """
    if node is not None:
        for image in _on_node(node, images):
            image_store.remove(node, image)
    builder = _builder()
    for image in images:
        if builder and builder.has(image):
            builder.remove(image)


def _on_node(node: Kind | None, images: Collection[str]) -> list[str]:
    return [] if node is None else sorted({*images} & {*image_store.names(node)})


def _builder() -> Builder | None:
    """What builds images on this machine; None where nothing does, so that nothing is kept."""
    try:
        return find_builder()
    except Failed:
        return None
