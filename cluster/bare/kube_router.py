"""What enforces network policies on this machine: Minikube's bridge plugin does not."""

from importlib import resources

from cluster import controller
from cluster.bare import host, node_images
from cluster.kind import Kind


def install(context: str) -> None:
    """Make sure that kube-router runs.

    Raises:
        Failed: it does not become ready.
    """
    # A node that runs may have been prepared by a release that needed fewer.
    host.install_packages()
    image = node_images.kube_router()
    template = (resources.files("cluster.bare") / "kube-router.yaml").read_text()
    manifest = controller.filled(template, image)
    controller.ensure(Kind.NODE, context, "daemonset/kube-router", "kube-system", manifest, image)
