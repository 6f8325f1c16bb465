"""What is known of a cluster's nodes."""

from cluster.kubectl import get
from toolchain.process import Failed


def architectures(context: str) -> set[str]:
    """The nodes' architectures in Go's words; none where the user may not see nodes."""
    try:
        return {node["status"]["nodeInfo"]["architecture"] for node in get(context, "nodes")}
    except Failed:
        return set()
