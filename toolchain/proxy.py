"""The person's proxy, which does not know what only this machine knows."""

import os
from collections.abc import Iterable

THIS_MACHINE = ("127.0.0.1", "localhost")
"""Pulumi's own parts talk to each other there, and gRPC asks a proxy even for that."""


def pass_by(hosts: Iterable[str]) -> None:
    """Let no program from now on ask a proxy for these hosts.

    Args:
        hosts: names or addresses.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return
    given = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    passed_by = ",".join(dict.fromkeys([*filter(None, given.split(",")), *hosts]))
    os.environ.update(NO_PROXY=passed_by, no_proxy=passed_by)
