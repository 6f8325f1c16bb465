"""What a Deployment and its pods say about the version that they are pinned to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlplatform_server.promoter.decision import Rollout, Stage
from mlplatform_server.serving.pin import ANNOTATION
from mlplatform_server.waiting import FAILED_FOR_GOOD

CONTAINER = "model"
"""The container that serves. The one before it fetches, and may fail as often as MLflow does."""
_CRASHES = 2
_KILLED = 137
_LONGEST = 300


def read(deployment: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> Rollout:
    """Tell how far a rollout is.

    A version that says itself that it cannot serve, that is out of memory or crashes again is given
    up at once; for all else the Deployment's own deadline is waited for.

    Args:
        deployment: the Deployment, as the API returns it.
        pods: its pods, of every version.
    """
    spec, status = deployment["spec"], deployment.get("status", {})
    if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        return Rollout(stage=Stage.GOING)
    pinned = _pin(spec["template"])
    counts = ("replicas", "updatedReplicas", "availableReplicas")
    if spec["replicas"] and all(status.get(name, 0) == spec["replicas"] for name in counts):
        # One that is about to go answers as long as the ingress has not noticed.
        leaving = any(_pin(pod) != pinned and _is_ready(pod) for pod in pods)
        return Rollout(stage=Stage.GOING if leaving else Stage.DONE)
    own = [
        pod for pod in pods if _pin(pod) == pinned and "deletionTimestamp" not in pod["metadata"]
    ]
    final = next((cause for pod in own for cause in _ends(pod)), None)
    if final is not None:
        return Rollout(stage=Stage.BROKEN, cause=_short(final))
    cause = next((cause for pod in own for cause in _hindrances(pod)), "it is not ready in time")
    overdue = any(
        one.get("reason") == "ProgressDeadlineExceeded" for one in _conditions(deployment)
    )
    return Rollout(stage=Stage.BROKEN if overdue else Stage.GOING, cause=_short(cause))


def _pin(holder: Mapping[str, Any]) -> str | None:
    return (holder["metadata"].get("annotations") or {}).get(ANNOTATION)


def _conditions(holder: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return holder.get("status", {}).get("conditions") or ()


def _is_ready(pod: Mapping[str, Any]) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in _conditions(pod))


def _containers(pod: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    status = pod.get("status", {})
    return [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]


def _ends(pod: Mapping[str, Any]) -> Iterator[str]:
    """Why containers ended in a way that another try would not change."""
    for container in _containers(pod):
        for when in ("state", "lastState"):
            ended = container.get(when, {}).get("terminated")
            if ended is None:
                continue
            if ended.get("reason") == "OOMKilled":
                yield "out of memory"
            elif ended["exitCode"] == FAILED_FOR_GOOD:
                yield _last_line(ended)
            elif (
                ended["exitCode"]
                and container["name"] == CONTAINER
                and container["restartCount"] >= _CRASHES
            ):
                yield _crash(ended)


def _crash(ended: Mapping[str, Any]) -> str:
    # Where the limit of the pod is hit before the container's, only the code tells:
    # https://github.com/kubernetes/kubernetes/issues/19825
    if ended["exitCode"] == _KILLED:
        return f"out of memory, or killed otherwise: exit code {_KILLED}"
    return f"it crashes, exit code {ended['exitCode']}: {_last_line(ended)}"


def _hindrances(pod: Mapping[str, Any]) -> Iterator[str]:
    """What a pod that is not ready says about it."""
    for condition in _conditions(pod):
        if condition.get("reason") == "Unschedulable":
            yield f"no node has room: {condition.get('message', '')}"
    if "reason" in pod.get("status", {}):
        yield f"{pod['status']['reason']}: {pod['status'].get('message', '')}"
    for container in _containers(pod):
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason", "PodInitializing") != "PodInitializing":
            ended = container.get("lastState", {}).get("terminated")
            yield f"{waiting['reason']}: {_last_line(ended or waiting)}"


def _last_line(holder: Mapping[str, Any]) -> str:
    lines = [line for line in holder.get("message", "").splitlines() if line.strip()]
    return lines[-1].strip() if lines else holder.get("reason", "")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
