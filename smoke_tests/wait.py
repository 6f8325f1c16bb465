"""Wait for something, for a bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(
    probe: Callable[[], T], *, timeout_s: float, describe: str, interval_s: float = 0.2
) -> T:
    """Call `probe` until it returns something true, and return that.

    Args:
        probe: Asked at least once. A false answer or an exception means "not yet".
        timeout_s: Seconds after which waiting ends.
        describe: What is waited for, for the message: "Postgres is ready".
        interval_s: Seconds between two questions.

    Raises:
        TimeoutError: With the last answer or error; an error is also its cause.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        error: Exception | None = None
        try:
            answer = probe()
            if answer:
                return answer
            last = f"last answer: {answer!r}"
        except Exception as caught:
            error = caught
            last = f"last error: {type(caught).__name__}: {caught}"
        if time.monotonic() + interval_s > deadline:
            raise TimeoutError(f"waited {timeout_s:g} s until {describe}; {last}") from error
        time.sleep(interval_s)
