"""A stack that is as it should be is left alone."""

from drills.row import Row
from drills.stand import Stand
from front_door import pulumi
from toolchain.process import Failed


def unchanged(stand: Stand) -> Row:
    """A `pulumi up` that has nothing to do."""
    try:
        pulumi.up(stand.request, expect_no_changes=True)
        changed = "nothing"
    except Failed as failure:
        changed = str(failure)
    return Row("pulumi up then", "changes nothing", changed, changed == "nothing")
