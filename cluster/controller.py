"""Programs of ours that a Minikube runs for all stacks: each an image and a manifest."""

import hashlib
import string
from collections.abc import Callable

from cluster import image_store
from cluster.archive import ScratchImage
from cluster.kind import Kind
from cluster.kubectl import get, kubectl
from toolchain.process import say

_MARK = "mlplatform/manifest"


def ensure(
    kind: Kind,
    context: str,
    workload: str,
    namespace: str,
    manifest: str,
    image: Callable[[], ScratchImage],
) -> None:
    """Make sure that the cluster runs what a manifest says.

    Args:
        kind: how there came to be a cluster.
        context: its name in the kubeconfig.
        workload: kind and name of what runs: `deployment/traefik`.
        namespace: where that is.
        manifest: from `filled`.
        image: makes what it runs; called where the cluster does not yet.

    Raises:
        Failed: it does not become ready.
    """
    place = f"--namespace={namespace}"
    found = get(context, workload, place)
    templates = [one["spec"]["template"]["metadata"] for one in found]
    marks = [one.get("annotations", {}).get(_MARK) for one in templates]
    if not any(f'{_MARK}: "{mark}"' in manifest for mark in marks):
        say(f"Installing {workload}")
        image_store.load_scratch(kind, image())
        kubectl(context, "apply", "--filename=-", stdin=manifest)
    kubectl(context, "rollout", "status", place, workload, "--timeout=90s", timeout=100)


def filled(template: str, image: str) -> str:
    """Fill in ${IMAGE}, and ${MANIFEST_HASH}, which changes with everything else."""
    digest = hashlib.sha256(f"{template}{image}".encode()).hexdigest()[:12]
    return string.Template(template).substitute(IMAGE=image, MANIFEST_HASH=digest)
