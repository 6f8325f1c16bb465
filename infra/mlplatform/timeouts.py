"""How long Pulumi waits for a workload before it says what is wrong with it."""

import pulumi

# An image of this registry is on the node or nowhere: no pull to wait for.
_ON_THE_NODE = "localhost/"
# About 950 MB, the largest of our images, at 25 Mbit/s.
_PULL_SECONDS = 300


def timeouts(seconds: int, image: str) -> pulumi.CustomTimeouts:
    """Return the timeouts of a workload.

    The provider's own are 10 minutes: for so long a misspelled image would look like work.

    Args:
        seconds: time from creation to readiness with the image present.
        image: what the workload runs; time for pulling is added where it has to be pulled.
    """
    waiting = seconds if image.startswith(_ON_THE_NODE) else seconds + _PULL_SECONDS
    return pulumi.CustomTimeouts(create=f"{waiting}s", update=f"{waiting}s", delete="2m")
