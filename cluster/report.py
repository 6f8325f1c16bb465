"""What a person needs to see when something in a namespace does not work."""

import base64
from typing import Any

from cluster.kubectl import get, kubectl
from toolchain.process import Failed

LOG_LINES = 15
"""Of a container that is in trouble; of a healthy one there are fewer."""
QUIET_LOG_LINES = 5
EVENTS = 15
SHORTEST_SECRET = 6
"""Shorter values are words like a user name; masking them would garble the text."""


def report(context: str, namespace: str) -> str:
    """Describe pods, volumes, warnings and last log lines of a namespace, secrets masked.

    Never raises: it speaks where something failed already, and says what it could not read.
    """
    try:
        text = "\n".join(
            [
                f"--- namespace {namespace} of context {context} ---",
                *_pods(context, namespace),
                *_claims(context, namespace),
                *_warnings(context, namespace),
            ]
        )
        return masked(text, context, namespace)
    except Failed as error:
        return f"--- namespace {namespace} could not be read ---\n{error}"


def _pods(context: str, namespace: str) -> list[str]:
    pods = get(context, "pods", f"--namespace={namespace}")
    if not pods:
        return ["There are no pods."]
    lines: list[str] = []
    for pod in pods:
        name, status = pod["metadata"]["name"], pod["status"]
        containers = status.get("initContainerStatuses", []) + status.get("containerStatuses", [])
        states = "; ".join(_state(container) for container in containers)
        lines.append(f"pod {name}: {status.get('phase')}; {states or _condition(status)}")
        if status.get("phase") != "Succeeded":
            troubled = any(_troubled(container) for container in containers)
            lines += _log(context, namespace, name, LOG_LINES if troubled else QUIET_LOG_LINES)
    return lines


def _state(container: dict[str, Any]) -> str:
    kind, detail = next(iter(container["state"].items()), ("unknown", {}))
    words = [container["name"], kind]
    words += [str(detail[key]) for key in ("reason", "message") if detail.get(key)]
    if "exitCode" in detail:
        words.append(f"exit code {detail['exitCode']}")
    if container["restartCount"]:
        words.append(f"{container['restartCount']} restarts")
    if kind == "running" and not container["ready"]:
        words.append("not ready")
    return " ".join(words)


def _condition(status: dict[str, Any]) -> str:
    """Why a pod has no containers yet."""
    return "; ".join(
        condition["message"] for condition in status.get("conditions", []) if "message" in condition
    )


def _troubled(container: dict[str, Any]) -> bool:
    return not container["ready"] or bool(container["restartCount"])


def _log(context: str, namespace: str, pod: str, tail: int) -> list[str]:
    arguments = ["logs", f"--namespace={namespace}", pod, "--all-containers", "--prefix"]
    arguments.append(f"--tail={tail}")
    lines: list[str] = []
    # A container that crashed has its reason in the log of its previous life.
    for more in ([], ["--previous"]):
        try:
            lines = kubectl(context, *arguments, *more).splitlines() or lines
        except Failed:
            continue
    return [f"    {line}" for line in lines[-tail:]]


def _claims(context: str, namespace: str) -> list[str]:
    claims = get(context, "persistentvolumeclaims", f"--namespace={namespace}")
    return [
        f"volume claim {claim['metadata']['name']}: {claim['status'].get('phase')}"
        for claim in claims
        if claim["status"].get("phase") != "Bound"
    ]


def _warnings(context: str, namespace: str) -> list[str]:
    found = get(context, "events", f"--namespace={namespace}", "--field-selector=type=Warning")
    found.sort(
        key=lambda event: event.get("lastTimestamp") or event["metadata"]["creationTimestamp"]
    )
    return [
        f"warning {event['involvedObject']['kind']}/{event['involvedObject']['name']}: "
        f"{event.get('reason')}: {event.get('message', '').strip()}"
        for event in found[-EVENTS:]
    ]


def masked(text: str, context: str, namespace: str) -> str:
    """Replace every value of the namespace's Secrets in a text.

    Raises:
        Failed: the Secrets could not be read.
    """
    for secret in get(context, "secrets", f"--namespace={namespace}"):
        for encoded in secret.get("data", {}).values():
            value = base64.b64decode(encoded).decode(errors="replace")
            if len(value) >= SHORTEST_SECRET:
                text = text.replace(value, "***")
    return text
