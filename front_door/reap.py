"""Destroys the stacks whose time has come, and nothing else.

The mark on the namespace decides; where no namespace is left, the one in the stack's outputs. What
bears no mark, or none that can be read, is never touched.
"""

import dataclasses
from datetime import UTC, datetime

from front_door import destroy, expiry, pulumi, stacks
from front_door.request import Request
from toolchain.process import Failed, say


def expired(request: Request, now: datetime) -> dict[str, str]:
    """Names of the stacks to destroy, each with its mark."""
    marks = {stack.stack: stack.expires for stack in stacks.in_cluster(request) if stack.expires}
    for stack, mark in pulumi.marks(request.context_name).items():
        marks.setdefault(stack, mark)
    return {stack: mark for stack, mark in marks.items() if expiry.is_past(mark, now)}


def reap(request: Request, *, dry_run: bool) -> None:
    """Destroy every expired stack of the cluster, whatever is left of it.

    Args:
        request: names the cluster.
        dry_run: only say which it would be.

    Raises:
        Failed: one could not be removed whole; the others were.
    """
    failures: list[str] = []
    found = expired(request, datetime.now(UTC))
    for stack, mark in sorted(found.items()):
        say(f"{'Would destroy' if dry_run else 'Destroying'} {stack}, expired {mark}")
        # It takes a while to get here, and `make up` with a TTL renews a mark.
        if dry_run or stack not in expired(request, datetime.now(UTC)):
            continue
        try:
            destroy.destroy(dataclasses.replace(request, stack=stack), whoever_made_it=True)
        except Failed as failure:
            failures.append(f"{stack}: {failure}")
    if failures:
        raise Failed("every expired stack gone", "\n".join(failures), "repeat `make reap`")
    say(f"{len(found)} expired, {'nothing changed' if dry_run else 'all gone'}.")
