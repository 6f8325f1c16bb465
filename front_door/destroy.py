"""Destroys a stack, whatever state it is in, and proves that nothing is left of it."""

import dataclasses

from cluster import lifecycle
from front_door import pulumi, stacks
from front_door.leftovers import objects, take_inventory
from front_door.leftovers.objects import EPHEMERAL, OWNER
from front_door.request import Request
from toolchain.process import Failed, say


def destroy(request: Request, *, whoever_made_it: bool = False, with_data: bool = False) -> None:
    """Destroy a stack with Pulumi, then delete what Pulumi did not or does not know of.

    Args:
        request: which stack, and where.
        whoever_made_it: also one of another backend, or whose state is lost.
        with_data: also the data that a durable stack keeps.

    Raises:
        Failed: the cluster does not answer, the stack is another's or in another cluster, or
            something is left.
    """
    ownership = pulumi.ownership(request.stack)
    owned = ownership or {}
    _refuse_elsewhere(request, owned.get("context"))
    gone = not lifecycle.exists(request.context_name)
    if gone:
        say(f"The context {request.context_name} is gone: the stack's objects went with it.")
    else:
        lifecycle.require_answer(request.context_name)
    if not (gone or whoever_made_it):
        refuse_anothers(request, owned.get("value"))
    keeps_data = not (gone or with_data) and objects.keeps_data(request)
    if not (gone or keeps_data):
        objects.begin(request)
    inventory = take_inventory(request, cluster_is_gone=gone, keeps_data=keeps_data)
    if ownership is not None:
        try:
            pulumi.destroy(request, cluster_is_gone=gone)
        except Failed as failure:
            if inventory.keeps_data:
                raise
            say(f"Pulumi could not; going on without it.\n{failure}")
            pulumi.drop_state(request.stack)
    inventory.remove()


def in_cluster(request: Request) -> list[Request]:
    """The stacks of this backend that are in a cluster, as far as it answers."""
    if not lifecycle.answers(request.context_name):
        return []
    found = [dataclasses.replace(request, stack=one.stack) for one in stacks.in_cluster(request)]
    return [one for one in found if _is_ours(one)]


def forget(request: Request) -> None:
    """Forget a stack whose cluster was deleted, with all that was in it.

    Raises:
        Failed: something is left, on this machine.
    """
    inventory = take_inventory(request, cluster_is_gone=True)
    pulumi.drop_state(request.stack)
    inventory.remove()


def _is_ours(request: Request) -> bool:
    own = (pulumi.ownership(request.stack) or {}).get("value")
    return own is not None and own == objects.owner(request)


def _refuse_elsewhere(request: Request, context: str | None) -> None:
    """Look for nothing of a stack where it never was, and forget nothing of where it is.

    Args:
        request: which stack, and where.
        context: where its state says that it is; None where it says nothing.

    Raises:
        Failed: that is somewhere else.
    """
    if context not in (None, request.context_name):
        raise Failed(
            f"stack {request.stack} in the cluster of context {request.context_name}",
            f"it is in that of context {context}",
            f"make down STACK={request.stack} CONTEXT={context}",
        )


def refuse_anothers(request: Request, own: str | None) -> None:
    """What stands under the stack's name may be that of somebody else's state.

    Volumes that a durable stack has left are nobody's.

    Args:
        request: which stack, and where.
        own: the text by which this backend knows the stack's namespace as its own; None if it does
            not.

    Raises:
        Failed: it is.
    """
    owner = objects.owner(request)
    if owner in (None, own):
        return
    if not (objects.keeps_data(request) and objects.is_idle(request)):
        raise _another_owner(request)


def _another_owner(request: Request) -> Failed:
    """The failure that a namespace of the stack's name, but of another state, is."""
    kubectl = f"kubectl --context={request.context_name}"
    keep = f"{kubectl} label namespace {request.namespace} {EPHEMERAL}=false --overwrite"
    lost = [
        *([] if objects.keeps_data(request) else [f"{keep}  # only to keep its data"]),
        f"{kubectl} annotate namespace {request.namespace} {OWNER}-",
        f"make down STACK={request.stack}",
        f"make up STACK={request.stack}",
    ]
    return Failed(
        f"namespace {request.namespace} for stack {request.stack}",
        "it belongs to a stack of this name in another backend, or one whose state is lost",
        "use that backend (PULUMI_BACKEND_URL), or another name (STACK=...); if the state is lost:"
        + "".join(f"\n        {command}" for command in lost),
    )
