"""A stack's namespace, its volumes, and their directories on the node."""

import time
from typing import Any

from cluster import namespaces, volume_directories
from cluster.kind import Kind
from cluster.kubectl import get, kubectl
from front_door.request import Request
from toolchain.process import Failed, say

PATIENCE_S = 30
OWNER = "mlplatform/owner"
EPHEMERAL = "mlplatform/ephemeral"
EXTERNAL = "mlplatform/external"
"""Marks on a stack's namespace: see infra/mlplatform/names.py."""
OURS = "--selector=app.kubernetes.io/part-of=mlplatform"
ALL_BUT_VOLUMES = "all,ingress,secret,configmap,poddisruptionbudget,networkpolicy"
"""Kinds of objects of a stack; `all` stands for the workloads and Services."""
BUT_THE_KEY = "--field-selector=metadata.name!=webhooks"
"""What the database has encrypted is data too, and nothing else can read it."""
STOP_TIMEOUT_S = 180
"""A durable Postgres has a minute to stop."""


def left(request: Request) -> list[str]:
    """Name the namespace, the volumes and the directories that still exist."""
    volumes = _volumes(request)
    return [
        *([f"namespace {request.namespace}"] if _namespace_metadata(request) else []),
        *(f"persistentvolume {name} ({phase})" for name, phase in volumes.items()),
        *_directories(request),
    ]


def begin(request: Request) -> None:
    """Ask for the namespace's deletion and do not wait for it.

    Kubernetes lets 5 s pass before it acts on that (namespaceDeletionGracePeriod of its namespace
    controller); Pulumi stops the pods in that time, and then finds the namespace gone.
    """
    namespaces.begin(request.context_name, request.namespace)


def remove(request: Request) -> None:
    """Delete what `pulumi destroy` does not know of.

    A namespace that was made by a killed `pulumi up` is not in any state; a volume of a provisioner
    that was restarted is not deleted by it.

    Raises:
        Failed: the namespace stays; the message says what Kubernetes waits for.
    """
    namespaces.delete(request.context_name, request.namespace)
    _wait_for_volumes(request)


def owner(request: Request) -> str | None:
    """Who made the namespace, as it says itself; None where there is none."""
    return _namespace_metadata(request).get("annotations", {}).get(OWNER)


def keeps_data(request: Request) -> bool:
    """Whether the namespace is that of a durable stack, whose data outlives it."""
    return _namespace_metadata(request).get("labels", {}).get(EPHEMERAL) == "false"


def _namespace_metadata(request: Request) -> dict[str, Any]:
    """The metadata of the stack's namespace; empty where there is none."""
    found = get(request.context_name, "namespace", request.namespace)
    return found[0]["metadata"] if found else {}


def is_idle(request: Request) -> bool:
    """Whether the namespace has no servers: what is in it then is the data of a durable stack."""
    place = f"--namespace={request.namespace}"
    return not get(request.context_name, "statefulsets,deployments", place, OURS)


def external(request: Request) -> set[str]:
    """The parts that the stack uses and does not own: postgres, minio."""
    return set(_namespace_metadata(request).get("annotations", {}).get(EXTERNAL, "").split(","))


def release(request: Request) -> None:
    """Delete all but the volumes of a durable stack, and let the next of its name have those."""
    namespace = request.namespace
    kubectl(
        request.context_name,
        *("delete", ALL_BUT_VOLUMES, OURS, BUT_THE_KEY, f"--namespace={namespace}"),
        timeout=STOP_TIMEOUT_S,
    )
    kubectl(request.context_name, "annotate", "namespace", namespace, f"{OWNER}-")
    say(
        f"The stack was durable: its data stays in namespace {namespace}, and the next "
        f"`make up STACK={request.stack}` finds it. To delete it: "
        f"kubectl --context={request.context_name} delete namespace {namespace}"
    )


def _wait_for_volumes(request: Request) -> None:
    """Give the provisioner time to delete volumes, then delete what our Minikube's disowns."""
    deadline = time.monotonic() + PATIENCE_S
    while volumes := _volumes(request):
        released = [name for name, phase in volumes.items() if phase in ("Released", "Failed")]
        if time.monotonic() > deadline:
            # Elsewhere that would lose the only pointer to a disk.
            for name in released if request.kind is not Kind.NAMED else ():
                kubectl(request.context_name, "delete", "persistentvolume", name, "--timeout=20s")
            break
        # Returns as soon as the volume is gone, and costs nothing until then.
        waited = ["wait", "--for=delete", *(f"persistentvolume/{name}" for name in volumes)]
        try:
            kubectl(request.context_name, *waited, "--timeout=5s")
        except Failed:
            continue
    if _directories(request):
        volume_directories.remove(request.kind, request.namespace)


def _volumes(request: Request) -> dict[str, str]:
    """Phase of every PersistentVolume that was made for a claim of the stack and goes with it.

    In a cluster of others one that is to be retained stays, as do those that the user may not see.
    """
    elsewhere = request.kind is Kind.NAMED
    try:
        volumes = get(request.context_name, "persistentvolume")
    except Failed:
        if elsewhere:
            return {}
        raise
    return {
        found["metadata"]["name"]: found["status"]["phase"]
        for found in volumes
        if found["spec"].get("claimRef", {}).get("namespace") == request.namespace
        and not (elsewhere and found["spec"].get("persistentVolumeReclaimPolicy") == "Retain")
    }


def _directories(request: Request) -> list[str]:
    """Directories that Minikube's provisioner made for the stack; of no other cluster."""
    kind, namespace = request.kind, request.namespace
    if kind is Kind.NAMED or not volume_directories.exists(kind, namespace):
        return []
    return [f"directory {volume_directories.ROOT}/{namespace} on a node"]
