"""How a stack does, all at once."""

import concurrent.futures
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from cluster.kubectl import get
from cluster.report import masked
from front_door import health, models
from front_door.finding import Finding
from front_door.models import ServedModel
from front_door.request import Request
from front_door.status import traffic
from front_door.status.traffic import Counted, Traffic
from toolchain.process import Failed

WINDOW_S = 60
"""What is told per second is told of so long."""
EVENTS = 8
_BACKED_UP = "mlplatform/backed-up"
"""On the namespace, after `make backup`: see infra/mlplatform/names.py."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What Kubernetes has noted of an object.

    Attributes:
        time: when it did so last.
        type: Normal or Warning.
        about: kind and name.
        text: reason and message.
    """

    time: str
    type: str
    about: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Status:
    """How a stack does.

    Attributes:
        stack: its name.
        time: of this look.
        findings: its parts, hosts, volumes and database, with figures.
        traffic: what was answered lately; None where monitoring is off.
        last_backup: when it ended; None for none.
        models: what is served.
        events: the last ones, the newest first.
    """

    stack: str
    time: str
    findings: Sequence[Finding]
    traffic: Sequence[Traffic] | None
    last_backup: str | None
    models: Sequence[ServedModel]
    events: Sequence[Event]

    @property
    def as_json(self) -> str:
        """All of it, for machines."""
        return json.dumps(asdict(self), indent=2)


class Look:
    """Looks at a stack again and again: what counts is told of the time between."""

    def __init__(self, request: Request) -> None:
        """Begin to count.

        Args:
            request: the stack.

        Raises:
            Failed: there is none.
        """
        self._request = request
        self._place = f"--namespace={request.namespace}"
        if not get(request.context_name, "namespace", request.namespace):
            todo = f"make up STACK={request.stack}; `make list` shows those that there are"
            raise Failed(f"a stack {request.stack}", "the cluster has none", todo)
        self._looks: deque[dict[str, Counted]] = deque([self._counted()])

    def again(self) -> Status:
        """Look at every side of it at once; that takes seconds, and changes nothing."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            found = pool.submit(health.of_cluster, self._request)
            served = pool.submit(models.in_stack, self._request)
            events = pool.submit(self._events)
            backup = pool.submit(self._last_backup)
            findings = found.result()
            return Status(
                stack=self._request.stack,
                time=datetime.now(UTC).isoformat(timespec="seconds"),
                findings=findings,
                traffic=self._traffic(),
                last_backup=backup.result(),
                models=served.result(),
                events=events.result(),
            )

    def _counted(self) -> dict[str, Counted]:
        pods = get(self._request.context_name, "pods", self._place)
        return traffic.counted(self._request, pods)

    def _traffic(self) -> list[Traffic] | None:
        now = self._counted()
        if not now:
            return None
        self._looks.append(now)
        while len(self._looks) > 2 and _age(now, self._looks[0]) > WINDOW_S:
            self._looks.popleft()
        return [
            traffic.between(part, before, after)
            for part, after in now.items()
            if (before := self._looks[0].get(part))
        ]

    def _last_backup(self) -> str | None:
        namespaces = get(self._request.context_name, "namespace", self._request.namespace)
        marks: list[Mapping[str, Any]] = [
            one["metadata"].get("annotations", {}) for one in namespaces
        ]
        schedules = get(self._request.context_name, "cronjob", "backup", self._place)
        times = [one.get("status", {}).get("lastSuccessfulTime") for one in schedules]
        return max(filter(None, [*times, *(mark.get(_BACKED_UP) for mark in marks)]), default=None)

    def _events(self) -> list[Event]:
        found = get(self._request.context_name, "events", self._place)
        last = sorted(found, key=_moment, reverse=True)[:EVENTS]
        texts = "\0".join(f"{one.get('reason')}: {one.get('message')}" for one in last)
        shown = masked(texts, self._request.context_name, self._request.namespace).split("\0")
        return [
            Event(
                time=_moment(one),
                type=one.get("type", ""),
                about=f"{one['involvedObject'].get('kind')}/{one['involvedObject'].get('name')}",
                text=text,
            )
            for one, text in zip(last, shown, strict=False)
        ]


def _age(now: Mapping[str, Counted], look: Mapping[str, Counted]) -> float:
    """Seconds between two looks, of which the first may have seen nothing."""
    ages = [now[part].at - before.at for part, before in look.items() if part in now]
    return max(ages, default=float("inf"))


def _moment(event: Mapping[str, Any]) -> str:
    created = event["metadata"]["creationTimestamp"]
    return str(event.get("lastTimestamp") or event.get("eventTime") or created)
