"""Waiting for a server that is being started at the same time."""

import os
import sys
import time
from collections.abc import Callable
from typing import NoReturn, TypeVar

DEADLINE_S = 30.0
POLL_S = 0.2
FAILED_FOR_GOOD = 3
"""The exit code that tells a Job not to try again."""

Result = TypeVar("Result")


class NotYet(Exception):
    """The server does not answer yet; asking again may help."""


class Refused(NotYet):
    """It answers and says no: asking again helps only if it is about to be replaced."""


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
        SystemExit: there was none in time; the message holds the last reason. For good if that
            was a refusal.
    """
    began = time.monotonic()
    while True:
        try:
            answer = ask()
        except NotYet as reason:
            if time.monotonic() - began > deadline_s:
                if isinstance(reason, Refused):
                    fail_for_good(f"{what} refuses: {reason}")
                sys.exit(f"{what} did not answer within {deadline_s:.0f} s; last reason: {reason}")
            time.sleep(poll_s)
        else:
            print(f"{what} answers after {time.monotonic() - began:.1f} s", flush=True)
            return answer


def fail_for_good(message: str) -> NoReturn:
    """End with a message, in a way that a Job does not try again."""
    print(message, file=sys.stderr, flush=True)
    sys.exit(FAILED_FOR_GOOD)


def required(variable: str) -> str:
    """Return an environment variable.

    Raises:
        SystemExit: it is not set, or empty.
    """
    value = os.environ.get(variable)
    if not value:
        sys.exit(f"{variable} is not set")
    return value
