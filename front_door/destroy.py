"""Destroys a stack, whatever state it is in, and proves that nothing is left of it."""

from cluster import lifecycle
from front_door import leftovers, pulumi
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
    if pulumi.exists(request.stack):
        try:
            pulumi.destroy(request, cluster_is_gone=gone)
        except Failed as failure:
            if not without_state:
                raise
            say(f"Pulumi could not; going on by label.\n{failure}")
            pulumi.drop_state(request.stack)
    leftovers.remove(request, cluster_is_gone=gone)
