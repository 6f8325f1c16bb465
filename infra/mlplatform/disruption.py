"""How many pods of a part may leave at once of their own accord."""

import pulumi
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs

from mlplatform.placement import Placement


def declare_budget(resource: str, part: str, placement: Placement, parent: pulumi.Resource) -> None:
    """Declare that a node is drained one pod at a time.

    A single pod has no budget: one that may never leave would keep its node from being drained at
    all, and one that may always leave is none.

    Args:
        resource: name of the resource.
        part: the part of the stack, of several pods.
        placement: the stack.
        parent: the component that it belongs to.
    """
    PodDisruptionBudget(
        resource,
        metadata=placement.metadata(part, part),
        spec=PodDisruptionBudgetSpecArgs(
            max_unavailable=1,
            selector=placement.selector(part),
            # One that is not ready serves nobody and must not hold up a drain.
            unhealthy_pod_eviction_policy="AlwaysAllow",
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
