"""Destroys a stack, whatever state it is in, and proves that nothing is left of it."""

from cluster import lifecycle
from front_door import pulumi
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
        Failed: the cluster does not answer, the stack is another's, or something is left.
    """
    gone = not lifecycle.exists(request.context_name)
    if gone:
        say(f"The context {request.context_name} is gone: the stack's objects went with it.")
    else:
        lifecycle.require_answer(request.context_name)
    known = pulumi.exists(request.stack)
    if not (gone or whoever_made_it):
        refuse_anothers(request, known=known)
    inventory = take_inventory(request, cluster_is_gone=gone, with_data=with_data)
    if not (gone or inventory.keeps_data):
        objects.begin(request)
    if known:
        try:
            pulumi.destroy(request, cluster_is_gone=gone)
        except Failed as failure:
            if inventory.keeps_data:
                raise
            say(f"Pulumi could not; going on without it.\n{failure}")
            pulumi.drop_state(request.stack)
    inventory.remove()


def refuse_anothers(request: Request, *, known: bool) -> None:
    """What stands under the stack's name may be that of somebody else's state.

    Volumes that a durable stack has left are nobody's.

    Args:
        request: which stack, and where.
        known: whether this backend has a stack of that name.

    Raises:
        Failed: it is.
    """
    owner = objects.owner(request)
    if owner is None or owner == (pulumi.owner(request.stack) if known else None):
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
