"""The stacks of a cluster, as its namespaces tell: from any checkout, with or without a state."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cluster import volume_directories
from cluster.kind import Kind
from cluster.kubectl import get
from front_door import expiry
from front_door.columns import aligned
from front_door.request import Request, namespace_of
from toolchain.process import Failed

PROJECT = "app.kubernetes.io/part-of=mlplatform"
MLFLOW = f"{PROJECT},app.kubernetes.io/name=mlflow-server"
STACK = "app.kubernetes.io/instance"


@dataclass(frozen=True, kw_only=True)
class StackInCluster:
    """What a cluster knows of a stack.

    Attributes:
        stack: its name.
        namespace: where its objects are.
        created: when its namespace was made.
        expires: its mark, if it has one.
        url: address of MLflow.
        ready: workloads of it that are ready.
        workloads: workloads of it.
        disk: bytes on the nodes, or None where they cannot be asked.
    """

    stack: str
    namespace: str
    created: datetime
    expires: str | None
    url: str
    ready: int
    workloads: int
    disk: int | None


def in_cluster(request: Request) -> list[StackInCluster]:
    """Look at every namespace that a stack of this project has made."""
    context = request.context_name
    urls = {
        ingress["metadata"]["namespace"]: _url(ingress["spec"])
        for ingress in get(context, "ingress", "--all-namespaces", f"--selector={MLFLOW}")
    }
    workloads = _by_namespace(
        get(context, "deployment,statefulset", "--all-namespaces", f"--selector={PROJECT}")
    )
    sizes = _sizes(request)
    found: list[StackInCluster] = []
    for namespace in get(context, "namespace", f"--selector={PROJECT}"):
        metadata = namespace["metadata"]
        name = metadata["name"]
        stack = metadata["labels"].get(STACK, "")
        if name != namespace_of(stack):
            continue  # Whatever its labels say, this project has not made it.
        created = datetime.fromisoformat(metadata["creationTimestamp"].replace("Z", "+00:00"))
        found.append(
            StackInCluster(
                stack=stack,
                namespace=name,
                created=created,
                expires=metadata.get("annotations", {}).get(expiry.ANNOTATION),
                url=urls.get(name, "-"),
                ready=sum(map(_is_ready, workloads.get(name, []))),
                workloads=len(workloads.get(name, [])),
                disk=None if sizes is None else sizes[name],
            )
        )
    return sorted(found, key=lambda stack: stack.stack)


def _url(ingress: dict[str, Any]) -> str:
    scheme = "https" if ingress.get("tls") else "http"
    return f"{scheme}://{ingress['rules'][0]['host']}"


def _sizes(request: Request) -> Counter[str] | None:
    """Bytes of volumes by namespace; None for a cluster whose nodes cannot be asked."""
    try:
        return None if request.kind is Kind.NAMED else volume_directories.sizes(request.kind)
    except Failed:
        return None


def table(stacks: list[StackInCluster], now: datetime | None = None) -> str:
    """A line per stack: age, expiry, address, health, size."""
    now = now or datetime.now(UTC)
    rows = [("STACK", "AGE", "EXPIRES", "READY", "DISK", "URL")]
    for stack in stacks:
        rows.append(
            (
                stack.stack,
                expiry.duration(now - stack.created),
                _expires(stack.expires, now),
                f"{stack.ready}/{stack.workloads}",
                "?" if stack.disk is None else f"{stack.disk / 1e6:.0f} MB",
                stack.url,
            )
        )
    return aligned(rows)


def _expires(mark: str | None, now: datetime) -> str:
    moment = expiry.parse(mark)
    if moment is None:
        return "never"
    return "expired" if moment <= now else f"in {expiry.duration(moment - now)}"


def _is_ready(workload: dict[str, Any]) -> bool:
    wanted = workload["spec"].get("replicas", 1)
    return workload["status"].get("readyReplicas", 0) >= wanted


def _by_namespace(objects: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for found in objects:
        grouped.setdefault(found["metadata"]["namespace"], []).append(found)
    return grouped
