"""The ingress controller of a Minikube that this project looks after."""

from importlib import resources

from cluster import controller
from cluster.archive import ScratchImage
from cluster.kind import Kind
from cluster.kubectl import get, kubectl
from toolchain import build, programs
from toolchain.process import Failed

NAMESPACE = "mlplatform-ingress"
PART_OF = "app.kubernetes.io/part-of=mlplatform-cluster"
CLASS = "traefik"


def install(kind: Kind, context: str) -> None:
    """Make sure that Traefik serves the IngressClass `traefik` on the node's ports 80 and 443.

    Raises:
        Failed: another controller holds the port, or Traefik does not become ready.
    """
    classes = {found["metadata"]["name"]: found for found in get(context, "ingressclass")}
    ours = get(context, "ingressclass", f"--selector={PART_OF}")
    if CLASS in classes and not ours:
        return
    if get(context, "namespace", "ingress-nginx"):
        raise Failed(
            "ports 80 and 443 of the node for Traefik",
            "Minikube's ingress addon (ingress-nginx, retired upstream) holds them",
            "minikube addons disable ingress; or let the addon serve the stack: "
            "pulumi config set ingressClass nginx",
        )
    controller.ensure(kind, context, "deployment/traefik", NAMESPACE, _manifest(), image)


def remove(context: str) -> None:
    """Delete Traefik and all that came with it."""
    kubectl(
        context,
        "delete",
        "namespace,ingressclass,clusterrole,clusterrolebinding",
        f"--selector={PART_OF}",
        timeout=90,
    )


def _manifest() -> str:
    return controller.filled((resources.files(__name__) / "traefik.yaml").read_text(), image().name)


def image() -> ScratchImage:
    """Traefik, as an image of its program alone."""
    built = build.directory(programs.TRAEFIK)
    return ScratchImage(
        name=f"localhost/mlplatform/traefik:{built.name.removeprefix('traefik-')}",
        files={"/usr/local/bin/traefik": built / "bin/traefik"},
        entrypoint=["/usr/local/bin/traefik"],
        user="10001:10001",
    )
