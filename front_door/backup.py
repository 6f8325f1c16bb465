"""Backups of a stack: made, checked, put into a new one."""

import os

from front_door import smoke
from front_door.request import Request
from toolchain.paths import ROOT
from toolchain.process import Failed, show

TIMEOUT_S = 24 * 3600
"""For tens of gigabytes and a slow line; every single call has a limit of its own."""


def save(request: Request, to: str) -> None:
    """Back the stack up.

    Args:
        request: which stack.
        to: a directory, or `s3://bucket/prefix`.

    Raises:
        Failed: no place is named, or the stack could not be backed up.
    """
    _run("save", "TO", to, smoke.environment(request))


def fetch(request: Request, to: str) -> None:
    """Bring a backup from the stack's own volume to this machine; NAME chooses one.

    Args:
        request: which stack.
        to: a directory.

    Raises:
        Failed: no directory is named, or there is no such backup.
    """
    _run("fetch", "TO", to, smoke.environment(request))


def check(source: str) -> None:
    """Read a backup again, without a cluster.

    Args:
        source: where it is.

    Raises:
        Failed: no place is named, or the backup is not whole.
    """
    _run("check", "FROM", source, dict(os.environ))


def restore(request: Request, source: str) -> None:
    """Fill the stack with a backup.

    Args:
        request: which stack.
        source: where the backup is.

    Raises:
        Failed: no place is named, or the stack could not be filled.
    """
    _run("restore", "FROM", source, smoke.environment(request))


def _run(command: str, variable: str, place: str, variables: dict[str, str]) -> None:
    if not place:
        raise Failed(
            f"{variable}, the place of the backup",
            "it is not set",
            f"name a directory or an S3 prefix: {variable}=s3://bucket/prefix",
        )
    show(
        ["python", "-m", "backup", command],
        timeout=TIMEOUT_S,
        env=variables | {variable: place},
        cwd=ROOT,
        todo="mend what is named above and repeat",
    )
