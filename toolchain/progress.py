"""Says what long work is doing."""

import contextlib
import threading
import time
from collections.abc import Iterator

from toolchain.process import say

HEARTBEAT_S = 30


class Progress:
    """Counts parts of a whole, and names every `HEARTBEAT_S` seconds those under way."""

    def __init__(self, verb: str, total: int) -> None:
        """`verb` says what is done to a part: "built"."""
        self._verb = verb
        self._total = total
        self._done = 0
        self._began = time.monotonic()
        self._under_way: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """One part, from here to the end of the block."""
        began = time.monotonic()
        with self._lock:
            self._under_way[name] = began
        try:
            yield
        finally:
            with self._lock:
                del self._under_way[name]
        with self._lock:
            self._done += 1
            now = time.monotonic()
            say(
                f"  {self._verb} {name} in {now - began:.0f} s"
                f" ({self._done} of {self._total}, {now - self._began:.0f} s in all)"
            )

    @contextlib.contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Speak up from time to time, until the end of the block."""
        stop = threading.Event()

        def beat() -> None:
            while not stop.wait(HEARTBEAT_S):
                with self._lock:
                    now = time.monotonic()
                    parts = [
                        f"{name} {now - since:.0f} s" for name, since in self._under_way.items()
                    ]
                    say(f"  at work: {', '.join(parts)} ({self._done} of {self._total} done)")

        threading.Thread(target=beat, daemon=True).start()
        try:
            yield
        finally:
            stop.set()
