"""Running programs: bounded in time, quiet when they succeed, plain when they fail."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

LAST_LINES = 20
GRACE_S = 15
WATCH_EVERY_S = 3
ERASE_LINE = "\x1b[K"
"""Erases a terminal's line from the cursor on (ECMA-48, EL)."""
_running: set[int] = set()


class Failed(Exception):
    """Something could not be done; the message is for the person at the keyboard."""

    def __init__(self, wanted: str, came: str, todo: str) -> None:
        """Say what was `wanted`, what `came` instead and what there is `todo` about it."""
        super().__init__(f"wanted: {wanted}\n  came: {came}\n to do: {todo}")
        self.came = came


def say(text: str) -> None:
    """Print a line of progress. Standard output is left to results, which scripts read."""
    # A terminal's line may still show how far something is.
    print(f"{ERASE_LINE}{text}" if sys.stderr.isatty() else text, file=sys.stderr, flush=True)


def run(
    command: Sequence[str | Path],
    *,
    timeout: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    todo: str = "read the lines above; `make doctor` shows what is missing",
) -> str:
    """Run a program to its end and return what it wrote to standard output.

    Args:
        command: program and arguments; never a secret, since arguments can be listed.
        timeout: seconds after which the program and its children are killed.
        env: the whole environment; this process's own when None.
        cwd: directory to run in.
        stdin: text for its standard input; closed when None.
        todo: what a person can do when it fails.

    Raises:
        Failed: it is missing, ran out of time or ended with an error; holds its last lines.
    """
    return _run(command, timeout=timeout, env=env, cwd=cwd, stdin=stdin, todo=todo, output=None)


def show(
    command: Sequence[str | Path],
    *,
    timeout: float | None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    todo: str = "read the lines above; `make doctor` shows what is missing",
    watch: Callable[[], None] | None = None,
    output: TextIO | None = None,
) -> None:
    """Like `run`, for long work: the program writes straight to the terminal.

    Args:
        command: as for `run`.
        timeout: as for `run`; None lets it take its time.
        env: as for `run`.
        cwd: as for `run`.
        todo: as for `run`.
        watch: called every few seconds until the program ends, and only then does `timeout` count.
            What it raises interrupts the program as Ctrl-C would, and is raised once it has ended.
        output: where its standard output goes instead of the terminal.
    """
    _run(
        command,
        timeout=timeout,
        env=env,
        cwd=cwd,
        stdin=None,
        todo=todo,
        output=output or sys.stderr,
        watch=watch,
    )


def succeeds(command: Sequence[str | Path], *, timeout: float = 20) -> bool:
    """Tell whether a program exists and ends well within `timeout` seconds."""
    try:
        run(command, timeout=timeout)
    except Failed:
        return False
    return True


def interrupt_running() -> None:
    """End what other threads have under way, as Ctrl-C would."""
    for group in list(_running):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGINT)


def _run(
    command: Sequence[str | Path],
    *,
    timeout: float | None,
    env: Mapping[str, str] | None,
    cwd: Path | None,
    stdin: str | None,
    todo: str,
    output: TextIO | None,
    watch: Callable[[], None] | None = None,
) -> str:
    words = [str(word) for word in command]
    shown = shlex.join(words)
    try:
        # A session of its own: on a timeout the children must end too, or they hold locks.
        process = subprocess.Popen(
            words,
            env=env,
            cwd=cwd,
            stdin=_stdin(show=output is not None) if stdin is None else subprocess.PIPE,
            stdout=output or subprocess.PIPE,
            stderr=None if output else subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    except OSError as error:
        raise Failed(shown, str(error), todo) from error
    _running.add(process.pid)
    try:
        if watch is not None:
            _watch(process, watch)
        stdout, stderr = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        stdout, stderr = _end(process)
        raise Failed(shown, f"no end after {timeout:.0f} s{_tail(stdout, stderr)}", todo) from None
    except BaseException:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        raise
    finally:
        _running.discard(process.pid)
    if process.returncode:
        raise Failed(shown, f"exit code {process.returncode}{_tail(stdout, stderr)}", todo)
    return stdout or ""


def _watch(process: subprocess.Popen[str], watch: Callable[[], None]) -> None:
    """Wait for the end of a program that nobody has to read from, and look around meanwhile."""
    while True:
        try:
            process.wait(WATCH_EVERY_S)
        except subprocess.TimeoutExpired:
            watch()
        else:
            return


def _end(process: subprocess.Popen[str]) -> tuple[str, str]:
    """End a program that took too long: with time to clean up, then without."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        return process.communicate(timeout=GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()


def _stdin(*, show: bool) -> int | None:
    """What a program reads: the person's terminal if it writes to one, as it would without us."""
    return None if show and sys.stderr.isatty() else subprocess.DEVNULL


def _tail(*outputs: str | None) -> str:
    lines = [line for output in outputs for line in (output or "").splitlines()]
    return "".join(f"\n        {line}" for line in lines[-LAST_LINES:])
