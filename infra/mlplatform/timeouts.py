"""How long to wait for a workload before saying what is wrong with it."""

import pulumi

ON_THE_NODE = "localhost/"
"""An image of this registry is on the node or nowhere: no pull to wait for."""
# All three images, 400 MB as registries keep them, at 25 Mbit/s, and 20 s to unpack them: the
# kubelet pulls one after the other. `make up` names a wrong image sooner, by the pod's own reason.
_PULL_SECONDS = 150
# The provider has no word for "until it is done": a year.
_NO_LIMIT = "8760h"


def seconds_to_wait(seconds: int, image: str) -> int:
    """Return how long a workload may take.

    Args:
        seconds: time it may take with the image present.
        image: what it runs; time is added where that has to be pulled.
    """
    return seconds if image.startswith(ON_THE_NODE) else seconds + _PULL_SECONDS


def timeouts(seconds: int | None, image: str) -> pulumi.CustomTimeouts:
    """Return the timeouts of a resource.

    The provider's own are 10 minutes: for so long a misspelled image would look like work, and a
    migration of years of runs like a failure.

    Args:
        seconds: time from creation to readiness with the image present; None for no limit.
        image: image of the pods it needs.
    """
    waiting = _NO_LIMIT if seconds is None else f"{seconds_to_wait(seconds, image)}s"
    return pulumi.CustomTimeouts(create=waiting, update=waiting, delete="2m")
