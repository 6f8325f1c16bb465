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


def reverse(dependencies: Dependencies) -> Dependencies:
    """Turn who waits for whom around, as it is when a stack is destroyed."""
    return {
        urn: frozenset(other for other, waited_for in dependencies.items() if urn in waited_for)
        for urn in dependencies
    }


def critical_path(spans: Sequence[Span], dependencies: Dependencies) -> list[Step]:
    """Follow the resource that ended last back over what it waited for, to the start.

    Of what a resource waited for, it is the one that ended last that it waited for in fact.

    Args:
        spans: as `spans.spans` returns them.
        dependencies: who waits for whom.

    Returns:
        The steps from the first to the last; together they are as long as the update.
    """
    *start, end = (span for span in spans if span.type == ENGINE)
    resources = [span for span in spans if span.type != ENGINE]
    chain: list[Span] = [end]
    current: Span | None = max(resources, key=lambda span: span.end)
    while current:
        chain.append(current)
        current = _waited_for(current, resources, dependencies)
    chain += reversed(start)
    chain.reverse()
    previous_ends = [0.0, *(span.end for span in chain)]
    return [
        Step(span, span.start - previous_end)
        for span, previous_end in zip(chain, previous_ends, strict=False)
    ]


def _waited_for(span: Span, resources: Sequence[Span], dependencies: Dependencies) -> Span | None:
    # The resource itself too: a refresh comes before an update.
    urns = dependencies.get(span.urn, frozenset()) | {span.urn}
    before = [other for other in resources if other.urn in urns and other.end <= span.start]
    return max((other for other in before if other != span), key=lambda o: o.end, default=None)
