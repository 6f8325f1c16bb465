"""What an update could not have been faster than: the chain of resources that waited in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.timeline.spans import ENGINE, Span

Dependencies = Mapping[str, frozenset[str]]
"""What each resource waits for: URNs by URN."""


@dataclass(frozen=True)
class Step:
    """One link of the critical path.

    Attributes:
        span: what was done.
        gap: seconds between the end of the step before and the start of this one: the program,
            the engine's queue, other work on the same processors.
    """

    span: Span
    gap: float

    @property
    def added(self) -> float:
        """Seconds by which it moved the end of the update; over all steps they are its length."""
        return self.gap + self.span.seconds


def dependencies(exported: Mapping[str, Any]) -> Dependencies:
    """Read who waits for whom when a stack is made, from what `pulumi stack export` prints."""
    return {
        resource["urn"]: frozenset(
            [
                *resource.get("dependencies", ()),
                *(
                    urn
                    for urns in resource.get("propertyDependencies", {}).values()
                    for urn in urns
                ),
                *([resource["parent"]] if "parent" in resource else []),
                # A reference to a provider is its URN, and its identifier after two more colons.
                *([resource["provider"].rpartition("::")[0]] if "provider" in resource else []),
            ]
        )
        for resource in exported["deployment"]["resources"]
    }


def critical_path(spans: Sequence[Span], dependencies: Dependencies) -> list[Step]:
    """Follow the resource that ended last back over what it waited for, to the start.

    Of what a resource had to wait for, it waited in fact for the one that ended last. Besides its
    dependencies that is every refresh, which all come before the program is run, and where it is
    deleted, all of the wave before: Pulumi deletes nothing before the whole of it is gone.

    Args:
        spans: as `spans.spans` returns them.
        dependencies: who waits for whom.

    Returns:
        The steps from the first to the last; together they are as long as the update.
    """
    *start, end = (span for span in spans if span.type == ENGINE)
    resources = [span for span in spans if span.type != ENGINE]
    current: int | None = max(range(len(resources)), key=lambda index: resources[index].end)
    chain = [end]
    while current is not None:
        chain.append(resources[current])
        current = _waited_for(current, resources, dependencies)
    chain += reversed(start)
    chain.reverse()
    ends = [0.0, *(span.end for span in chain)]
    return [Step(span, span.start - ends[index]) for index, span in enumerate(chain)]


def _waited_for(index: int, resources: Sequence[Span], dependencies: Dependencies) -> int | None:
    waiting = resources[index]
    urns = dependencies.get(waiting.urn, frozenset()) | {waiting.urn}

    def is_waited_for(other: Span) -> bool:
        return other.end <= waiting.start and (
            other.urn in urns
            or "delete" in waiting.operation
            or (other.operation == "refresh" and waiting.operation != "refresh")
        )

    before = [other for other in range(index) if is_waited_for(resources[other])]
    return max(before, key=lambda other: resources[other].end, default=None)
