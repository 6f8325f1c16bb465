"""Makes sure that a cluster has the images: builds what is missing and hands it over."""

import tempfile
from pathlib import Path

from cluster import image_store
from cluster.kind import Kind
from images.build import build
from images.builders import Builder, find_builder
from images.names import CHILDREN, image_names
from toolchain import build as toolchain_build
from toolchain import programs
from toolchain.process import Failed, say


def deliver(kind: Kind, registry: str | None) -> None:
    """Make sure that the cluster can run the images.

    Args:
        kind: how there comes to be a cluster.
        registry: where the stack's images are pulled from; None where they are on the node itself.

    Raises:
        Failed: an image could not be built or handed over, or there is no way to.
    """
    names = {name: image for name, image in image_names(registry).items() if name in CHILDREN}
    if registry is not None:
        builder = _with_images(registry)
        for image in names.values():
            say(f"Pushing {image}")
            builder.push(image)
        return
    if kind is Kind.NAMED:
        raise Failed(
            "a way to give the images to a cluster that this project did not make",
            "the stack's setting imageRegistry names no registry",
            "`make shell`, then `pulumi config set imageRegistry HOST/PATH`, with a registry that "
            "you may push to and the cluster may pull from",
        )
    present = image_store.names(kind)
    missing = [image for image in names.values() if image not in present]
    if not missing:
        return
    builder = _with_images(None)
    for image in missing:
        hand_over(kind, builder, image)


def hand_over(kind: Kind, builder: Builder, image: str) -> None:
    """Give a Minikube an image that the builder has."""
    say(f"Handing {image} to the cluster")
    with tempfile.TemporaryDirectory(prefix="mlplatform-") as directory:
        archive = Path(directory) / "image.tar"
        builder.export(image, archive)
        image_store.load(kind, archive)


def _with_images(registry: str | None) -> Builder:
    builder = find_builder()
    minio = toolchain_build.directory(programs.MINIO) / "bin/minio"
    build(builder, {"minio": minio}, registry)
    return builder
