"""Destroys a stack, whatever state it is in, and proves that nothing is left of it."""

from cluster import lifecycle
from front_door import leftovers, pulumi
from front_door.leftovers import OWNER
from front_door.request import Request
from toolchain.process import Failed, say


def destroy(request: Request, *, without_state: bool = False) -> None:
    """Destroy a stack with Pulumi, then look for what Pulumi does not know of.

    Args:
        request: which stack, and where.
        without_state: go on by label where Pulumi fails; its state is then dropped.

    Raises:
        Failed: the cluster does not answer, Pulumi failed, or something is left.
    """
    gone = not lifecycle.exists(request.context_name)
    if gone:
        say(f"The context {request.context_name} is gone: the stack's objects went with it.")
    elif not lifecycle.answers(request.context_name):
        raise Failed(
            f"an answer from the cluster of context {request.context_name}",
            "none: it is stopped, or it no longer exists",
            "start it (`make cluster`) and repeat; if it no longer exists: "
            f"kubectl config delete-context {request.context_name}, and repeat",
        )
    known = pulumi.exists(request.stack)
    if not (gone or without_state):
        _refuse_anothers(request, known=known)
    if known:
        try:
            pulumi.destroy(request, cluster_is_gone=gone)
        except Failed as failure:
            if not without_state:
                raise
            say(f"Pulumi could not; going on by label.\n{failure}")
            pulumi.drop_state(request.stack)
    leftovers.remove(request, cluster_is_gone=gone)


def _refuse_anothers(request: Request, *, known: bool) -> None:
    """What stands under the stack's name may be that of somebody else's state."""
    owner = leftovers.owner(request)
    if owner is not None and owner != (pulumi.owner(request.stack) if known else None):
        raise another_owner(request)


def another_owner(request: Request) -> Failed:
    """The failure that a namespace of the stack's name, but of another state, is."""
    kubectl = f"kubectl --context={request.context_name}"
    if leftovers.keeps_data(request):
        lost = f"take over its data: {kubectl} annotate namespace {request.namespace} {OWNER}-"
    else:
        lost = f"delete it: {kubectl} delete namespace {request.namespace}"
    return Failed(
        f"namespace {request.namespace} for stack {request.stack}",
        "it belongs to a stack of this name in another backend, or one whose state is lost",
        "use that backend (PULUMI_BACKEND_URL), or another name (STACK=...); if the state is lost, "
        + lost,
    )
