"""Deletes a namespace, also one that is stuck."""

import contextlib
import json
from typing import Any

from cluster.kubectl import get, kubectl
from toolchain.process import Failed, say

PATIENCE_S = 45
"""Pods have up to 10 s to end, and the namespace controller up to 15 to look again."""


def begin(context: str, namespace: str) -> None:
    """Ask for a namespace's deletion and do not wait for it.

    Pods on a node that no longer answers are deleted at once, by force: nobody is left to say that
    they have ended, and everything would wait for that.
    """
    kubectl(context, "delete", "namespace", namespace, "--ignore-not-found", "--wait=false")
    try:
        nodes = get(context, "nodes")
    except Failed:
        return  # An account that may not see nodes waits for them.
    ready = {node["metadata"]["name"] for node in nodes if is_ready(node)}
    lost = [
        f"pod/{pod['metadata']['name']}"
        for pod in get(context, "pods", f"--namespace={namespace}")
        if pod["spec"].get("nodeName", "") not in {"", *ready}
    ]
    if lost:
        say(f"Deleting by force what was on a node that no longer answers: {', '.join(lost)}")
        _force(context, namespace, *lost)


def delete(context: str, namespace: str) -> None:
    """Delete a namespace and all that is in it; one that does not exist is fine.

    What holds it up is deleted without asking: pods whose node no longer answers, and finalizers
    that nobody is left to act on.

    Raises:
        Failed: it is still there; the message says what Kubernetes waits for.
    """
    if not get(context, "namespace", namespace):
        return
    begin(context, namespace)
    if _deleted(context, namespace):
        return
    say(f"Namespace {namespace} is stuck; deleting its pods by force and dropping finalizers")
    _force(context, namespace, "pods", "--all")
    _drop_finalizers(context, f"--namespace={namespace}")
    # Its controller looks again after up to a minute, or 5 s after any change.
    _try(context, "annotate", "namespace", namespace, "mlplatform/freed=true", "--overwrite")
    if not _deleted(context, namespace):
        raise Failed(
            f"namespace {namespace} deleted",
            f"Kubernetes waits: {_reasons(context, namespace)}",
            "mend what it waits for, then repeat",
        )


def _force(context: str, namespace: str, *what: str) -> None:
    place = f"--namespace={namespace}"
    options = ("--force", "--grace-period=0", "--wait=false", "--ignore-not-found")
    kubectl(context, "delete", *what, place, *options)


def is_ready(node: dict[str, Any]) -> bool:
    """Whether a node answers its cluster."""
    conditions = node["status"].get("conditions", [])
    return any(found["type"] == "Ready" and found["status"] == "True" for found in conditions)


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
                _try(context, "patch", place, name, "--type=merge", f"--patch={patch}")


def _try(context: str, *arguments: str) -> None:
    """Run kubectl on what may be gone by now; whether it helped is seen by what is left."""
    with contextlib.suppress(Failed):
        kubectl(context, *arguments)


def _reasons(context: str, namespace: str) -> str:
    found = get(context, "namespace", namespace)
    conditions = found[0]["status"].get("conditions", []) if found else []
    return "; ".join(
        condition["message"] for condition in conditions if condition["status"] == "True"
    )
