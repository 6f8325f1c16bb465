"""What the objects of a namespace say is wrong with it, in Kubernetes' own words.

The rules follow what the kubelet, the scheduler and the controllers of Kubernetes 1.35 write:
`state.waiting.reason` of a container, the condition `PodScheduled`, events of claims and of what
makes pods, the condition `Failed` of a Job.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

KINDS = "pods,persistentvolumeclaims,jobs,replicasets,statefulsets,events"
"""What `find` reads, for `kubectl get`."""
PATIENCE = timedelta(seconds=20)
"""For what may pass by itself: a Secret comes, memory is freed, a pod gets ready."""
HOPELESS_RESTARTS = 3

_NO_SUCH_IMAGE = (
    "not found",
    "manifest unknown",
    "does not exist",
    "access denied",
    "unauthorized",
    "authorization failed",
    "authentication required",
    "forbidden",
    "invalid reference format",
    "no match for platform",
)
"""A registry that answers so has decided; one that is slow, away or has a 5xx may yet answer."""
_ON_THE_NODE = "localhost/"
"""An image of this registry is on the node or nowhere: no registry is asked in earnest."""
_NO_SUCH_CLASS = ("not found", "no storage class is set")
_IMAGE = (
    "push that image or name one that exists (postgresImage, minioImage, mlflowImage, "
    "imageRegistry), then `make up`; what is built here: `make images`"
)
_OBJECT = "bring back what it names, then `make up`, which also makes deleted objects again"
_LOG = "mend what the log says, then `make up`"
_ROOM = "free room on the nodes, add one, or ask for less; then `make up`"
_CLASS = "name a class that `kubectl get storageclass` lists (storageClass), then `make up`"
_REFUSED = "ask who looks after the cluster to allow it, or ask for less; then `make up`"
_LOOK = "see `kubectl describe` of it and what it waits for"

Object = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """Something that keeps a stack from working.

    Attributes:
        where: the object.
        reason: what the cluster says of it.
        todo: what a person can do.
        final: waiting longer cannot help.
    """

    where: str
    reason: str
    todo: str
    final: bool

    def __str__(self) -> str:
        """Where it is and what it is, in one line."""
        return f"{self.where}: {self.reason}"


def find(objects: Iterable[Object], now: datetime, since: datetime | None = None) -> list[Fault]:
    """Name what is wrong, causes first.

    Args:
        objects: of one namespace, of `KINDS`, as the API returns them.
        now: the time.
        since: pass over what is older; None passes over nothing.
    """
    kinds: dict[str, list[Object]] = {}
    for found in objects:
        if since is None or found["kind"] not in _JUDGED or _moment(found) >= since:
            kinds.setdefault(found["kind"], []).append(found)
    events = sorted(kinds.get("Event", []), key=_moment)
    pods = [pod for pod in kinds.get("Pod", []) if "deletionTimestamp" not in pod["metadata"]]
    jobs = [job for job in kinds.get("Job", []) if not _is_made_good(job, kinds["Job"])]
    given_up = {job["metadata"]["uid"] for job in jobs if _job(job, pods)}
    controllers = [kind for name in _CONTROLLERS for kind in kinds.get(name, [])]
    judged = (
        *(_claim(claim, events) for claim in kinds.get("PersistentVolumeClaim", [])),
        *(_refused(controller, events, now) for controller in controllers),
        *(_job(job, pods) for job in jobs),
        *(_pod(pod, pods, events, now) for pod in pods if not given_up & _owners(pod)),
    )
    return [fault for fault in judged if fault is not None]


_JUDGED = ("Pod", "PersistentVolumeClaim", "Job", "Event")
_CONTROLLERS = ("StatefulSet", "ReplicaSet", "Job")


def _claim(claim: Object, events: Sequence[Object]) -> Fault | None:
    """A claim that gets no volume; one that waits for its first pod has no such event."""
    where = f"claim {claim['metadata']['name']}"
    phase = claim["status"].get("phase")
    if phase == "Lost":
        return Fault(where, "its volume is gone", "restore it from a backup", final=True)
    told = _last(claim, events, "ProvisioningFailed", "FailedBinding")
    if phase == "Bound" or told is None:
        return None
    message = told["message"].strip()
    hopeless = any(words in message for words in _NO_SUCH_CLASS)
    return Fault(where, f"{told['reason']}: {message}", _CLASS if hopeless else _LOOK, hopeless)


def _refused(controller: Object, events: Sequence[Object], now: datetime) -> Fault | None:
    """A controller whose pods are refused: by a quota, by pod security, by a webhook."""
    spec, status = controller["spec"], controller.get("status", {})
    if controller["kind"] == "Job":
        lacks = not status.get("active") and not status.get("conditions")
    else:
        lacks = status.get("replicas", 0) < spec.get("replicas", 1)
    told = _last(controller, events, "FailedCreate")
    if not lacks or told is None:
        return None
    began = _time(told.get("firstTimestamp")) or _moment(told)
    # What a quota counts may be on its way out, with the pods of the last rollout.
    final = "PodSecurity" in told["message"] or now - began > PATIENCE
    where = f"{controller['kind']} {controller['metadata']['name']}"
    return Fault(where, f"FailedCreate: {told['message'].strip()}", _REFUSED, final)


def _job(job: Object, pods: Sequence[Object]) -> Fault | None:
    """A Job that has given up, with the words of its last pod."""
    failed = _condition(job, "Failed")
    if failed.get("status") != "True":
        return None
    own = [pod for pod in sorted(pods, key=_moment) if job["metadata"]["uid"] in _owners(pod)]
    last = [_end(status) for pod in own for status in _statuses(pod)]
    reason = "; ".join([f"{failed['reason']}: {failed['message']}", *filter(None, last[-1:])])
    return Fault(f"Job {job['metadata']['name']}", reason, _LOG, final=True)


def _is_made_good(job: Object, jobs: Sequence[Object]) -> bool:
    """Whether a later Job of the same CronJob has done what this one could not."""
    return any(
        _owners(job) & _owners(other)
        and _moment(other) > _moment(job)
        and _condition(other, "Complete").get("status") == "True"
        for other in jobs
    )


def _pod(
    pod: Object, pods: Sequence[Object], events: Sequence[Object], now: datetime
) -> Fault | None:
    """A pod that does not start, does not run or does not get ready."""
    if pod["status"].get("phase") == "Succeeded" or _has_successor(pod, pods):
        return None
    unready = _condition(pod, "Ready")
    ready_since = _time(unready.get("lastTransitionTime")) or _moment(pod)
    waits_long = now - ready_since > PATIENCE
    where = f"pod {pod['metadata']['name']}"
    for status in _statuses(pod):
        if fault := _container(where, status, waits_long=waits_long):
            return fault
    scheduled = _condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        words = f"{scheduled.get('reason')}: {scheduled.get('message', '').strip()}"
        if "unbound immediate" in words:
            return None  # A claim that does not get its volume is named itself.
        room_is_made = _last(pod, events, "TriggeredScaleUp") is not None
        return Fault(where, words, _ROOM, final=waits_long and not room_is_made)
    if unready.get("status") != "True" and waits_long:
        told = _last(pod, events, "Unhealthy", "FailedMount", "FailedAttachVolume", "Evicted")
        words = f"{told['reason']}: {told['message'].strip()}" if told else _state(pod, unready)
        return Fault(where, f"not ready for {(now - ready_since).seconds} s; {words}", _LOOK, False)
    return None


def _container(where: str, status: Object, *, waits_long: bool) -> Fault | None:
    waiting, image = status["state"].get("waiting", {}), status["image"]
    reason = waiting.get("reason", "")
    words = f"{reason}: {waiting.get('message', image)}"
    if reason in ("ErrImagePull", "ImagePullBackOff"):
        answer = words.lower()
        final = image.startswith(_ON_THE_NODE) or any(text in answer for text in _NO_SUCH_IMAGE)
        return Fault(where, words if image in words else f"{image}: {words}", _IMAGE, final)
    if reason in ("ErrImageNeverPull", "InvalidImageName"):
        return Fault(where, words, _IMAGE, final=True)
    if reason in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError"):
        return Fault(where, words, _OBJECT, final=waits_long)
    if reason == "CrashLoopBackOff":
        restarts = status["restartCount"]
        words = f"{reason}: {restarts} restarts; {_end(status) or 'its log says why'}"
        return Fault(where, words, _LOG, final=restarts >= HOPELESS_RESTARTS)
    if status["state"].get("terminated", {}).get("exitCode"):
        return Fault(where, _end(status), _LOG, final=False)
    return None


def _end(status: Object) -> str:
    """How a container ended, with its last lines: they are its termination message."""
    state = status["state"].get("terminated") or status.get("lastState", {}).get("terminated") or {}
    if not state.get("exitCode"):
        return ""
    lines = [line.strip() for line in state.get("message", "").splitlines() if line.strip()]
    said = f": {' | '.join(lines[-3:])}" if lines else ""
    return f"{state.get('reason', 'Error')}, exit code {state['exitCode']}{said}"


def _state(pod: Object, unready: Object) -> str:
    status = pod["status"]
    words = (status.get("reason"), status.get("message"), unready.get("message"))
    return ": ".join(text for text in words if text) or str(status.get("phase"))


def _has_successor(pod: Object, pods: Sequence[Object]) -> bool:
    """Whether it has ended, and another of the same owner is at work or has done it."""
    if pod["status"].get("phase") != "Failed":
        return False
    owners = _owners(pod)
    return any(
        other["status"].get("phase") in ("Running", "Succeeded") and owners & _owners(other)
        for other in pods
    )


def _owners(found: Object) -> set[str]:
    return {owner["uid"] for owner in found["metadata"].get("ownerReferences", [])}


def _statuses(pod: Object) -> list[Object]:
    status = pod["status"]
    return status.get("initContainerStatuses", []) + status.get("containerStatuses", [])


def _condition(found: Object, name: str) -> Object:
    conditions = found.get("status", {}).get("conditions", [])
    return next((condition for condition in conditions if condition["type"] == name), {})


def _last(of: Object, events: Sequence[Object], *reasons: str) -> Object | None:
    """The newest event of an object, of these reasons."""
    uid = of["metadata"]["uid"]
    matching = [
        event
        for event in events
        if event["involvedObject"].get("uid") == uid and event.get("reason") in reasons
    ]
    return matching[-1] if matching else None


def _moment(found: Object) -> datetime:
    """When an event was seen last, and when any other object was made."""
    seen = found.get("series", {}).get("lastObservedTime")
    seen = seen or found.get("lastTimestamp") or found.get("eventTime")
    moment = _time(seen or found["metadata"].get("creationTimestamp"))
    return moment or datetime.min.replace(tzinfo=UTC)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
