"""A command of the front door, run as a person would: what it printed, and when."""

import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from front_door.request import Request
from toolchain.paths import ROOT

TIMEOUT_S = 400


@dataclass(frozen=True)
class Ended:
    """What came of a command.

    Attributes:
        failed: whether its exit code says so.
        timed_out: whether it had to be ended.
        seconds: how long it took.
        lines: its output and messages, each with the second of its appearance.
    """

    failed: bool
    timed_out: bool
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
    return run(
        [sys.executable, "-m", "front_door", target],
        environment=environment | dict(variables or {}),
        directory=ROOT,
    )


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path,
    timeout: float = TIMEOUT_S,
    user: str | None = None,
    echo: bool = False,
) -> Ended:
    """Run a command to its end.

    Args:
        command: program and arguments.
        environment: all of its environment.
        directory: where it runs.
        timeout: seconds after which it is ended.
        user: whose account it runs under, with that one's groups; this process's own when None.
        echo: also print each line as it comes.
    """
    account = {} if user is None else _account(user)
    began = time.monotonic()
    lines: list[tuple[float, str]] = []
    with subprocess.Popen(
        command,
        env=environment,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **account,
    ) as process:
        alarm = threading.Timer(timeout, os.killpg, [process.pid, signal.SIGTERM])
        alarm.start()
        try:
            for line in process.stdout or ():
                lines.append((time.monotonic() - began, line))
                if echo:
                    print(line, end="", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            # Ctrl-C reaches only the group of the terminal.
            os.killpg(process.pid, signal.SIGINT)
            raise
        finally:
            alarm.cancel()
    seconds = time.monotonic() - began
    return Ended(process.returncode != 0, seconds >= timeout, seconds, lines)


def _account(user: str) -> dict[str, Any]:
    """What a process is started with to be that user's."""
    entry = pwd.getpwnam(user)
    groups = os.getgrouplist(user, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups}
