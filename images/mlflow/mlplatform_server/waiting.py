"""Waiting for a server that is being started at the same time."""

import os
import sys
import time
from collections.abc import Callable
from typing import TypeVar

DEADLINE_S = 30.0
POLL_S = 0.2

Result = TypeVar("Result")


class NotYet(Exception):
    """The server does not answer yet; asking again may help."""


def wait_for(
    what: str,
    ask: Callable[[], Result],
    *,
    deadline_s: float = DEADLINE_S,
    poll_s: float = POLL_S,
) -> Result:
    """Ask until there is an answer.

    Args:
        what: what is asked, for a person.
        ask: asks once; raises NotYet while it may help to ask again.
        deadline_s: seconds after which the last NotYet is the end.
        poll_s: seconds between two questions.

    Returns:
        The answer of `ask`.

    Raises:
        SystemExit: there was none in time; the message holds the last reason.
    """
    began = time.monotonic()
    while True:
        try:
            answer = ask()
        except NotYet as reason:
            if time.monotonic() - began > deadline_s:
                sys.exit(f"{what} did not answer within {deadline_s:.0f} s; last reason: {reason}")
            time.sleep(poll_s)
        else:
            print(f"{what} answers after {time.monotonic() - began:.1f} s", flush=True)
            return answer


def required(variable: str) -> str:
    """Return an environment variable.

    Raises:
        SystemExit: it is not set, or empty.
    """
    value = os.environ.get(variable)
    if not value:
        sys.exit(f"{variable} is not set")
    return value
