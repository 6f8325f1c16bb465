"""Makes sure that a cluster has the images: builds what is missing and hands it over."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from cluster.bare.node_images import CONTAINERD
from cluster.kind import Kind, profile
from images.build import build
from images.builders import Builder, find_builder
from images.names import CHILDREN, image_names
from toolchain import build as toolchain_build
from toolchain import programs
from toolchain.process import Failed, run, say

TRANSFER_TIMEOUT_S = 600


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
    present, hand_over = _node(kind)
    missing = [image for image in names.values() if image not in present]
    if not missing:
        return
    builder = _with_images(None)
    for image in missing:
        say(f"Handing {image} to the cluster")
        with tempfile.TemporaryDirectory(prefix="mlplatform-") as directory:
            archive = Path(directory) / "image.tar"
            builder.export(image, archive)
            hand_over(archive)


def _with_images(registry: str | None) -> Builder:
    builder = find_builder()
    minio = toolchain_build.directory(programs.MINIO) / "bin/minio"
    build(builder, {"minio": minio}, registry)
    return builder


def _node(kind: Kind) -> tuple[list[str], Callable[[Path], object]]:
    """The images that a node has, and what gives it another one."""
    if kind is Kind.NAMED:
        raise Failed(
            "a way to give the images to a cluster that this project did not make",
            "the stack's setting imageRegistry names no registry",
            "`make shell`, then `pulumi config set imageRegistry HOST/PATH`, with a registry that "
            "you may push to and the cluster may pull from",
        )
    if kind is Kind.NODE:
        present = run([*CONTAINERD, "images", "list", "--quiet"], timeout=30).split()
        return present, lambda archive: run(
            [*CONTAINERD, "images", "import", archive], timeout=TRANSFER_TIMEOUT_S
        )
    minikube = ["minikube", f"--profile={profile()}", "image"]
    present = run([*minikube, "ls"], timeout=60).split()
    return present, lambda archive: run([*minikube, "load", archive], timeout=TRANSFER_TIMEOUT_S)
