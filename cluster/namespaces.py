"""Deletes a namespace, also one that is stuck."""

import json

from cluster.kubectl import get, kubectl
from toolchain.process import Failed, say

PATIENCE_S = 45
"""Pods have up to 10 s to end, and the namespace controller up to 15 to look again."""


def delete(context: str, namespace: str) -> None:
    """Delete a namespace and all that is in it; one that does not exist is fine.

    What holds it up is deleted without asking: pods whose node no longer answers, and finalizers
    that nobody is left to act on.

    Raises:
        Failed: it is still there; the message says what Kubernetes waits for.
    """
    if _deleted(context, namespace):
        return
    say(f"Namespace {namespace} is stuck; deleting its pods by force and dropping finalizers")
    place = f"--namespace={namespace}"
    kubectl(
        context, "delete", "pods", place, "--all", "--force", "--grace-period=0", "--wait=false"
    )
    _drop_finalizers(context, place)
    if not _deleted(context, namespace):
        raise Failed(
            f"namespace {namespace} deleted",
            f"Kubernetes waits: {_reasons(context, namespace)}",
            "mend what it waits for, then repeat",
        )


def _deleted(context: str, namespace: str) -> bool:
    command = ["delete", "namespace", namespace, "--ignore-not-found", f"--timeout={PATIENCE_S}s"]
    try:
        kubectl(context, *command, timeout=PATIENCE_S + 10)
    except Failed:
        return not get(context, "namespace", namespace)
    return True


def _drop_finalizers(context: str, place: str) -> None:
    listed = kubectl(
        context, "api-resources", "--namespaced", "--verbs=list,patch,delete", "--output=name"
    )
    patch = json.dumps({"metadata": {"finalizers": None}})
    for kind in listed.split():
        for found in get(context, kind, place):
            if found["metadata"].get("finalizers"):
                name = f"{kind}/{found['metadata']['name']}"
                kubectl(context, "patch", place, name, "--type=merge", f"--patch={patch}")


def _reasons(context: str, namespace: str) -> str:
    found = get(context, "namespace", namespace)
    conditions = found[0]["status"].get("conditions", []) if found else []
    return "; ".join(
        condition["message"] for condition in conditions if condition["status"] == "True"
    )
