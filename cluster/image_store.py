"""The images of a Minikube's node: what there is, one more, one less."""

import tempfile
from pathlib import Path

from cluster.archive import ScratchImage, write
from cluster.kind import Kind
from cluster.profiles import profile
from toolchain.process import Failed, run

TRANSFER_TIMEOUT_S = 600
REMOVAL_TIMEOUT_S = 120
CONTAINERD = "unix:///run/containerd/containerd.sock"


def names(kind: Kind) -> list[str]:
    """The names of all images on the node, with their tags."""
    verb = ["list", "--quiet"] if kind is Kind.NODE else ["ls"]
    return run([*_store(kind), *verb], timeout=60).split()


def load(kind: Kind, archive: Path, image: str) -> None:
    """Give the node an image.

    Args:
        kind: how there comes to be a cluster; not one that the user named.
        archive: what `docker save` writes.
        image: the name of the image in it.

    Raises:
        Failed: the node does not take it.
    """
    verb = "import" if kind is Kind.NODE else "load"
    run([*_store(kind), verb, archive], timeout=TRANSFER_TIMEOUT_S)
    # `minikube image load` ends with 0 also where it failed (minikube#21393, #23471).
    if image not in names(kind):
        raise Failed(
            f"the image {image} on the node",
            "the node does not list it, although it was loaded without an error",
            "repeat; if it stays so: give the node more disk, or, with Docker's containerd image "
            "store on (`docker info`), turn that off",
        )


def load_scratch(kind: Kind, image: ScratchImage) -> None:
    """Write an image of built programs and give it to the node."""
    with tempfile.TemporaryDirectory(prefix="mlplatform-") as directory:
        archive = Path(directory) / "image.tar"
        write(image, archive)
        load(kind, archive, image.name)


def remove(kind: Kind, image: str) -> None:
    """Take an image from the node, with the space that it takes."""
    if kind is Kind.NODE:
        # Not ctr: the kubelet's own name for the same content, sha256:..., would stay and hold it.
        # It gives up after 2 s unless told otherwise; a large image takes longer.
        options = [f"--runtime-endpoint={CONTAINERD}", f"--timeout={REMOVAL_TIMEOUT_S}s"]
        run(["crictl", *options, "rmi", image], timeout=REMOVAL_TIMEOUT_S + 10)
    else:
        run([*_store(kind), "rm", image], timeout=REMOVAL_TIMEOUT_S)


def _store(kind: Kind) -> list[str]:
    if kind is Kind.NODE:
        return ["ctr", "--namespace=k8s.io", "images"]
    return ["minikube", f"--profile={profile()}", "image"]
