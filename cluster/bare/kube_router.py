"""What enforces network policies on this machine: Minikube's bridge plugin does not."""

from importlib import resources

from cluster import controller
from cluster.archive import ScratchImage
from cluster.bare import host, node_images
from cluster.kind import Kind


def install(context: str) -> None:
    """Make sure that kube-router runs.

    Raises:
        Failed: it does not become ready.
    """
    template = (resources.files("cluster.bare") / "kube-router.yaml").read_text()
    manifest = controller.filled(template, node_images.kube_router_name())
    controller.ensure(Kind.NODE, context, "daemonset/kube-router", "kube-system", manifest, _image)


def _image() -> ScratchImage:
    # A node that runs may have been prepared by a release that needed fewer.
    host.install_packages()
    return node_images.kube_router()
