"""Backups: whole or none, and a new stack with every row and byte of the old one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from drills import old_mlflow, upgrade
from drills.content import Content, differences, snapshot
from drills.row import Row
from drills.stand import Stand, deployed
from drills.unexposed import hidden, reached
from front_door import backup, smoke
from front_door.request import Request
from smoke_tests.wait import wait_until
from toolchain.paths import ROOT
from toolchain.process import Failed, say

START_TIMEOUT_S = 60


def run(request: Request) -> Iterator[Row]:
    """Back a seeded stack up and restore it, undisturbed and interrupted; SIZE is the seed's."""
    size = os.environ.get("SIZE") or "medium"
    with tempfile.TemporaryDirectory() as directory:
        to = f"{directory}/backup"
        with deployed(request, "saved") as stand:
            stand.seed(size)
            before = snapshot(stand)
            yield _killed_backup(stand, f"{directory}/killed")
            seconds = _seconds(lambda: backup.save(stand.request, to))
            yield _row(f"backup of a {size} stack", to, seconds)
            yield _row("check of it", to, _seconds(lambda: backup.check(to)))
            yield _damaged(to)
            yield _refused(stand, to, before)
        with deployed(request, "restored") as new:
            seconds = _seconds(lambda: backup.restore(new.request, to))
            yield _row("restore into a new stack", to, seconds)
            yield compared("content of the new stack", new, before)
        with deployed(request, "resumed") as new:
            _kill_when(new.request, "restore", {"FROM": to}, lambda: bool(snapshot(new).objects))
            backup.restore(new.request, to)
            yield compared("content after a restore was killed and repeated", new, before)
        yield _from_an_older_release(request, f"{directory}/older")


def _from_an_older_release(request: Request, to: str) -> Row:
    """Back a stack with MLflow 3.14 up, and restore that into one with the pinned MLflow."""
    old = old_mlflow.deliver(request.kind)
    with (
        hidden(request),
        deployed(request, "older", {**upgrade.SETTINGS, "mlflowImage": old}) as stand,
        reached(stand) as open_stand,
    ):
        open_stand.seed("small")
        before = snapshot(open_stand)
        open_stand.back_up(to)
    with deployed(request, "newer") as new:
        backup.restore(new.request, to)
        return compared("a backup of MLflow 3.14 restored into the pinned one", new, before)


def _row(what: str, source: str, seconds: float) -> Row:
    held = json.loads((Path(source) / "manifest.json").read_text())["backup"]
    rows, objects = sum(held["facts"]["rows"].values()), held["objects"].values()
    size = held["database"]["size"] + sum(file["size"] for file in objects)
    figure = f"{seconds:.1f} s, {size / 1e6:.1f} MB, {rows:,} rows, {len(objects):,} objects"
    return Row(what, "done", figure, passed=True)


def compared(what: str, stand: Stand, before: Content) -> Row:
    """What differs between a stack's content and that of another one before."""
    found = differences(before, snapshot(stand, before))
    for difference in found:
        say(difference)
    return Row(what, "0 differences", f"{len(found)} differences", passed=not found)


def _killed_backup(stand: Stand, to: str) -> Row:
    _kill_when(stand.request, "save", {"TO": to}, lambda: any(Path(to, "objects").glob("*")))
    return _expect_failure("backup killed in the middle", "is none", lambda: backup.check(to))


def _damaged(to: str) -> Row:
    """Turn one bit of the largest file, and back."""
    largest = max((Path(to) / "objects").iterdir(), key=lambda file: file.stat().st_size)
    content = largest.read_bytes()
    largest.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    try:
        return _expect_failure("one bit turned", "is found", lambda: backup.check(to))
    finally:
        largest.write_bytes(content)


def _refused(stand: Stand, source: str, before: Content) -> Row:
    row = _expect_failure(
        "restore into a filled stack", "refused", lambda: backup.restore(stand.request, source)
    )
    return (
        row
        if not differences(before, snapshot(stand))
        else Row(row.what, row.goal, "the stack was changed", passed=False)
    )


def _expect_failure(what: str, goal: str, work: Callable[[], None]) -> Row:
    try:
        work()
    except Failed:
        return Row(what, goal, goal, passed=True)
    return Row(what, goal, "went through", passed=False)


def _kill_when(
    request: Request, command: str, variables: dict[str, str], reached: Callable[[], bool]
) -> None:
    """Begin a command, and end it without a warning once it has come so far."""
    environment = smoke.environment(request) | variables
    with subprocess.Popen(["python", "-m", "backup", command], env=environment, cwd=ROOT) as run:
        try:
            wait_until(reached, timeout_s=START_TIMEOUT_S, describe=f"{command} is under way")
        finally:
            run.send_signal(signal.SIGKILL)
    if run.returncode != -signal.SIGKILL:
        raise Failed(f"{command} killed in the middle", "it ended before", "repeat the drill")


def _seconds(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
