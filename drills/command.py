"""A command of the front door, run as a person would: what it printed, and when."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from front_door.request import Request
from toolchain.paths import ROOT

TIMEOUT_S = 400


@dataclass(frozen=True)
class Ended:
    """What came of a command.

    Attributes:
        failed: whether its exit code says so.
        seconds: how long it took.
        lines: its output and messages, each with the second of its appearance.
    """

    failed: bool
    seconds: float
    lines: Sequence[tuple[float, str]]

    @property
    def printed(self) -> str:
        """All that it printed."""
        return "".join(line for _, line in self.lines)

    def first(self, words: str) -> tuple[float, str] | None:
        """When these words were printed first, and the line, cut to what is around them."""
        for second, line in self.lines:
            if (at := line.find(words)) >= 0:
                return second, line[max(0, at - 40) : at + len(words) + 20].strip()
        return None


def make(target: str, request: Request, variables: Mapping[str, str] | None = None) -> Ended:
    """Run a target of the Makefile against a stack.

    Args:
        target: its name.
        request: the stack.
        variables: more of the environment.
    """
    environment = os.environ | {"STACK": request.stack, "CONTEXT": request.context or ""}
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "front_door", target],
        env=environment | dict(variables or {}),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        alarm = threading.Timer(TIMEOUT_S, process.terminate)
        alarm.start()
        lines = [(time.monotonic() - began, line) for line in process.stdout or ()]
        alarm.cancel()
    return Ended(process.returncode != 0, time.monotonic() - began, lines)
