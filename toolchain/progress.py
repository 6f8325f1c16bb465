"""Says how far long work is, and how long it will take."""

import contextlib
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Mapping

from toolchain.process import ERASE_LINE, say

LOG_EVERY_S = 30
REDRAW_EVERY_S = 1
NEARLY = 0.95
"""The share of a part that counts as done, at most, before it is."""


_shown: list["Progress"] = []
"""All that say how far they are. A terminal has one line, which is that of the longest."""


class Progress:
    """Knows the weight of each part of a whole, and tells how much of it is done.

    In a terminal on one line that changes, in a log by a line every `LOG_EVERY_S` seconds.
    """

    def __init__(
        self, verb: str, weights: Mapping[str, float], *, at_once: int = 1, pace: float = 1
    ) -> None:
        """Say what is to be done.

        Args:
            verb: what is done to a part: "built".
            weights: how much work each part is, in seconds on a machine where it was measured.
            at_once: how many parts are under way side by side.
            pace: how much work is done to a part in a second, until the first ones tell.
        """
        self._verb = verb
        self._weights = dict(weights)
        self._at_once = at_once
        self._pace = pace
        self._began = time.monotonic()
        self._under_way: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._lock = threading.Lock()

    def __str__(self) -> str:
        """The parts and the time that they will take."""
        with self._lock:
            return f"{', '.join(self._weights)} (about {_duration(self._left(self._began))})"

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
            now = time.monotonic()
            self._took[name] = now - began
            say(
                f"  {self._verb} {name} in {now - began:.0f} s ({len(self._took)} of"
                f" {len(self._weights)}, {now - self._began:.0f} s in all)"
            )

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Say how far it is, again and again until the end of the block."""
        _shown.append(self)
        stop = threading.Event()
        terminal = sys.stderr.isatty()

        def tell() -> None:
            while not stop.wait(REDRAW_EVERY_S if terminal else LOG_EVERY_S):
                if self is not longest():
                    continue
                with self._lock:
                    line = f"  {self._state(time.monotonic())}"
                    if terminal:
                        _redraw(line)
                    else:
                        say(line)

        thread = threading.Thread(target=tell, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            _shown.remove(self)
            if terminal:
                _redraw("")

    def left(self) -> float:
        """Seconds that it will take from now on."""
        with self._lock:
            return self._left(time.monotonic())

    def _state(self, now: float) -> str:
        done = self._done(now) / sum(self._weights.values())
        parts = [f"{name} {now - since:.0f} s" for name, since in self._under_way.items()]
        return f"{done:.0%}, about {_duration(self._left(now))} to go: {', '.join(parts)}"

    def _left(self, now: float) -> float:
        work = sum(self._weights.values()) - self._done(now)
        return work / (self._current_pace() * self._at_once)

    def _done(self, now: float) -> float:
        pace = self._current_pace()
        under_way = (
            min(pace * (now - since), NEARLY * self._weights[name])
            for name, since in self._under_way.items()
        )
        return sum(self._weights[name] for name in self._took) + sum(under_way)

    def _current_pace(self) -> float:
        took = sum(self._took.values())
        return sum(self._weights[name] for name in self._took) / took if took else self._pace


def longest() -> Progress:
    """Of all that say how far they are, the one that will take longest."""
    return max(tuple(_shown), key=Progress.left)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _redraw(line: str) -> None:
    """Write over the line of before, and leave the cursor where the next line is to begin."""
    width = shutil.get_terminal_size().columns - 1
    print(f"\r{ERASE_LINE}{line[:width]}\r", end="", file=sys.stderr, flush=True)
