"""Looks at a stack while Pulumi brings it up: the cluster ends the wait, not a clock."""

from datetime import UTC, datetime, timedelta

from cluster import faults
from cluster.faults import Fault
from cluster.kubectl import get
from cluster.report import masked
from front_door.request import Request
from toolchain.process import Failed, say

FIRST_LOOK = timedelta(seconds=15)
"""A stack without a fault is up by then, and has cost no look."""
REPLACED_BY = timedelta(seconds=45)
"""Until then a broken pod of before may be one that this very deployment replaces."""


class InVain(Failed):
    """A deployment that waiting cannot help, with its cause in the cluster's words."""


class Watch:
    """One deployment of a stack, from now on."""

    def __init__(self, request: Request) -> None:
        """Remember when it began."""
        self._request = request
        self._began = datetime.now(UTC).replace(microsecond=0)
        self._known: list[Fault] = []

    def look(self) -> None:
        """Look at the stack, and name each fault when it is seen first.

        Raises:
            InVain: something in it is wrong for good.
        """
        if datetime.now(UTC) - self._began < FIRST_LOOK:
            return
        try:
            found = self._faults()
        except Failed:
            return  # The deployment itself says that the cluster does not answer.
        final = [fault for fault in found if fault.final]
        if final:
            raise self._failure(final)
        known = {fault.where for fault in self._known}
        for fault in found:
            if fault.where not in known:
                say(f"Not yet: {self._masked(str(fault))}")
        self._known = found

    def named(self, failure: Failed) -> Failed:
        """The cause of a failed deployment in the cluster's words, or else the failure itself."""
        try:
            found = self._faults()
        except Failed:
            return failure
        causes = [fault for fault in found if fault.final] or found
        return self._failure(causes) if causes else failure

    def _faults(self) -> list[Fault]:
        """What is wrong with what this deployment has made, or has had the time to replace."""
        objects = get(
            self._request.context_name, faults.KINDS, f"--namespace={self._request.namespace}"
        )
        now = datetime.now(UTC)
        objects = [found for found in objects if self._is_waited_for(found, objects)]
        # A long migration comes before the servers that it is for.
        settled = now - self._began > REPLACED_BY and not any(map(_is_at_work, objects))
        return faults.find(objects, now, None if settled else self._began)

    def _is_waited_for(self, found: faults.Object, objects: list[faults.Object]) -> bool:
        """Whether the deployment may depend on it: not on a CronJob's work, nor on that of before.

        A Job cannot be mended: one that failed before is made anew, under another name.
        """
        own = {found["metadata"]["uid"], *_owners(found)}
        jobs = [one for one in objects if one["kind"] == "Job" and one["metadata"]["uid"] in own]
        return all(
            datetime.fromisoformat(job["metadata"]["creationTimestamp"]) >= self._began
            and not _owners(job)
            for job in jobs
        )

    def _failure(self, found: list[Fault]) -> InVain:
        """One line per reason: a wrong image is that of several pods."""
        places: dict[str, list[str]] = {}
        for fault in found:
            places.setdefault(fault.reason, []).append(fault.where)
        came = [f"{', '.join(names)}: {reason}" for reason, names in places.items()]
        return InVain(
            f"stack {self._request.stack} deployed",
            self._masked("\n        ".join(came)),
            "; ".join(dict.fromkeys(fault.todo for fault in found)),
        )

    def _masked(self, text: str) -> str:
        return masked(text, self._request.context_name, self._request.namespace)


def _owners(found: faults.Object) -> set[str]:
    return {owner["uid"] for owner in found["metadata"].get("ownerReferences", [])}


def _is_at_work(found: faults.Object) -> bool:
    """Whether it is the running pod of a Job."""
    owners = found["metadata"].get("ownerReferences", [])
    return found.get("status", {}).get("phase") == "Running" and any(
        owner["kind"] == "Job" for owner in owners
    )
