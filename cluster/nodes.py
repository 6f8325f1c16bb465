"""What is known of a cluster's nodes."""

from cluster.kubectl import get
from toolchain.process import Failed
from toolchain.programs import machine_architecture


def architecture(context: str, selector: str | None) -> str:
    """The architecture, in Go's words, of the nodes that run a stack's pods.

    Args:
        context: the cluster's name in the kubeconfig.
        selector: labels of these nodes, as the setting nodeSelector has them; None for all nodes.

    Returns:
        This machine's, where the user may not see nodes.

    Raises:
        Failed: there are several: an image is of one.
    """
    try:
        chosen = [] if selector is None else [f"--selector={selector}"]
        nodes = get(context, "nodes", *chosen)
    except Failed:
        nodes = []
    found = {node["status"]["nodeInfo"]["architecture"] for node in nodes}
    if len(found) > 1:
        raise Failed(
            "nodes of one architecture for a stack",
            f"they are {' and '.join(sorted(found))}",
            "`make shell`, then for example `pulumi config set nodeSelector "
            f"kubernetes.io/arch={min(found)}`",
        )
    return next(iter(found), machine_architecture())
