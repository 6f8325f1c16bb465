"""The directories in which Minikube's provisioner keeps volumes: by namespace, on each node.

On one of several nodes a volume lies where its pod ran: the kubelet there makes the directory anew.
"""

from collections import Counter

from cluster.kind import Kind
from cluster.kubectl import get
from cluster.namespaces import is_ready
from cluster.profiles import profile
from toolchain.process import run

ROOT = "/tmp/hostpath-provisioner"
TIMEOUT_S = 60


def sizes(kind: Kind) -> Counter[str]:
    """Bytes by namespace, on all nodes together.

    Args:
        kind: how there comes to be a cluster; not one that the user named.

    Raises:
        Failed: a node could not be asked.
    """
    found: Counter[str] = Counter()
    # What is deleted meanwhile is no failure; neither is a node that never had a volume.
    for printed in _on_nodes(kind, f"sudo du --bytes --max-depth=1 {ROOT} 2>/dev/null || true"):
        for line in printed.splitlines():
            size, _, path = line.partition("\t")
            found[path.removeprefix(f"{ROOT}/")] += int(size)
    return found


def exists(kind: Kind, namespace: str) -> bool:
    """Whether a node has a directory of a namespace.

    Args:
        kind: as for `sizes`.
        namespace: the namespace.

    Raises:
        Failed: a node could not be asked.
    """
    return any(_on_nodes(kind, f"sudo ls -d {ROOT}/{namespace} 2>/dev/null || true"))


def remove(kind: Kind, namespace: str) -> None:
    """Delete a namespace's directories, with all that is in them.

    Args:
        kind: as for `sizes`.
        namespace: the namespace; one without volumes is fine.

    Raises:
        Failed: a node could not be asked.
    """
    _on_nodes(kind, f"sudo rm -rf {ROOT}/{namespace}")


def _on_nodes(kind: Kind, line: str) -> list[str]:
    """Run a line of shell on each node that answers; what each has printed."""
    if kind is Kind.NODE:
        return [run(["sh", "-c", line], timeout=TIMEOUT_S)]
    nodes = [node["metadata"]["name"] for node in get(profile(), "node") if is_ready(node)]
    ssh = ["minikube", f"--profile={profile()}", "ssh"]
    return [run([*ssh, f"--node={name}", "--", line], timeout=TIMEOUT_S) for name in nodes]
