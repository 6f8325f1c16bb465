"""How long each phase took."""

import contextlib
import time
from collections.abc import Iterator

from toolchain.process import say


class Phases:
    """Announces numbered phases and keeps their seconds for the closing card."""

    def __init__(self, total: int) -> None:
        """`total` is the number of phases to come."""
        self._total = total
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """One phase, from here to the end of the block."""
        say(f"[{len(self.seconds) + 1}/{self._total}] {name}")
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = time.monotonic() - began

    def table(self) -> str:
        """A line per phase and their sum."""
        rows = [*self.seconds.items(), ("total", sum(self.seconds.values()))]
        return "\n".join(f"  {name:<18}{seconds:8.1f} s" for name, seconds in rows)
