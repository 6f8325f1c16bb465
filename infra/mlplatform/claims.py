"""Claims of volumes: found again where they are, of a name of their own where they are new."""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.core.v1 import (
    PersistentVolumeClaim,
    PersistentVolumeClaimSpecArgs,
    VolumeResourceRequirementsArgs,
)

from mlplatform.existing import Claim
from mlplatform.placement import KEPT, Placement
from mlplatform.random_text import RandomText


def declare_claim(
    name: str,
    part: str,
    placement: Placement,
    *,
    kept: Claim | None,
    storage: str,
    storage_class: str | None,
    awaited: Mapping[str, str],
    timeouts: pulumi.CustomTimeouts,
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Declare the claim for the data of a part.

    A claim that is there keeps its name. A new one has a name of its own: provisioners that name
    directories after claims (Minikube's does) and leave one behind can then never hand its content
    to the next stack of the same name. `pulumi destroy` leaves a durable claim in the cluster.

    Args:
        name: name of the resource.
        part: the part of the stack that it is of.
        placement: the stack.
        kept: the claim that holds its data already; None where there is none.
        storage: size of the volume, a Kubernetes quantity.
        storage_class: None for the cluster's default class.
        awaited: annotations that say what the provider waits for.
        timeouts: how long.
        parent: the component that needs it.

    Returns:
        The name of the claim, which does not wait for it: a volume may be bound only once a pod
        wants it.
    """
    suffix = RandomText(f"{name}-suffix", 8, pulumi.ResourceOptions(parent=parent))
    # Older states hold an empty text for a durable stack, which had fixed names.
    new_name = suffix.value.apply(lambda text: f"{part}-{text.lower()}" if text else part)
    claim_name = new_name if kept is None else pulumi.Output.from_input(kept.name)
    PersistentVolumeClaim(
        name,
        metadata=placement.metadata(part, claim_name, {**KEPT, **awaited}),
        spec=PersistentVolumeClaimSpecArgs(
            access_modes=["ReadWriteOnce"],
            resources=VolumeResourceRequirementsArgs(requests={"storage": storage}),
            storage_class_name=storage_class if kept is None else kept.storage_class,
        ),
        opts=pulumi.ResourceOptions(
            parent=parent,
            retain_on_delete=not placement.ephemeral,
            custom_timeouts=timeouts,
            # A claim has its class for good (see changes.py). Older states do not name it, and the
            # provider would delete the claim to name it.
            ignore_changes=None if kept is None else ["spec.storageClassName"],
        ),
    )
    return claim_name
