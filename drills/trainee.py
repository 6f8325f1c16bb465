"""A plain MLflow client in the middle of training while something happens to its stack."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from drills.row import Row
from drills.stand import Stand
from drills.training import ARTIFACT_EVERY, METRIC, STEPS, artifact
from smoke_tests.client import plain_environment
from smoke_tests.wait import wait_until
from toolchain.paths import ROOT
from toolchain.process import Failed, say

FIRST_STEPS_TIMEOUT_S = 120
# MLflow's client goes on asking for about four minutes.
END_TIMEOUT_S = 420


@dataclass(frozen=True)
class _Answer:
    asked_s: float
    took_s: float
    status: str


def train_through(stand: Stand, name: str, disturb: Callable[[], None]) -> Iterator[Row]:
    """Disturb a stack while a client trains; tell whether the client noticed.

    Args:
        stand: the stack.
        name: what happens to the stack, for a person.
        disturb: does it, and returns once it is over.

    Yields:
        A row for what was logged, and one for what was answered.

    Raises:
        Failed: the training did not go through.
        TimeoutError: it did not begin, or did not end.
    """
    log = Path(tempfile.gettempdir()) / f"training-{name.replace(' ', '-')}.log"
    settings = stand.settings
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
    # Not a setting of the client's work, but without it every client calls home.
    environment |= plain_environment(settings) | {"DO_NOT_TRACK": "true"}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "drills.training", settings.ingress_address],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(
            lambda: f"step {ARTIFACT_EVERY}\n" in log.read_text(),
            timeout_s=FIRST_STEPS_TIMEOUT_S,
            describe=f"the training has begun; its log is {log}",
        )
        disturb()
        wait_until(
            lambda: process.poll() is not None,
            timeout_s=END_TIMEOUT_S,
            describe=f"the training has ended; its log is {log}",
        )
    finally:
        process.kill()
        process.wait()
    lines = log.read_text().splitlines()
    if process.returncode:
        last = lines[-1] if lines else "nothing"
        raise Failed(f"a training that survives {name}", last, f"read its log: {log}")
    answers = _answers(lines)
    say(f"Log of the training: {log}\n{_summary(answers)}")
    (run_id,) = [line.split()[1] for line in lines if line.startswith("run ")]
    yield _logged(stand, run_id, name)
    yield _answered(answers, name)


def _logged(stand: Stand, run_id: str, name: str) -> Row:
    from mlflow.tracking import MlflowClient

    with stand.client():
        client = MlflowClient()
        steps = Counter(metric.step for metric in client.get_metric_history(run_id, METRIC))
        files = {info.path for info in client.list_artifacts(run_id, "checkpoints")}
    wanted = {artifact(step) for step in range(0, STEPS, ARTIFACT_EVERY)}
    twice = sum(times > 1 for times in steps.values())
    return Row(
        f"a training through {name}",
        "every metric once, every checkpoint",
        f"{len(steps)} of {STEPS} metrics, {twice} twice; {len(files & wanted)} of {len(wanted)}",
        steps == Counter(range(STEPS)) and files == wanted,
    )


def _answered(answers: list[_Answer], name: str) -> Row:
    counted = Counter(answer.status for answer in answers)
    slowest = max(answer.took_s for answer in answers)
    seen = ", ".join(f"{status}: {times}" for status, times in counted.most_common())
    return Row(
        f"its calls through {name}",
        "200 or 503, within 10 s",
        f"{seen}; {slowest:.1f} s at most",
        set(counted) <= {"200", "503"} and slowest <= 10,
    )


def _answers(lines: list[str]) -> list[_Answer]:
    found = [line.split() for line in lines if line.startswith("answer ")]
    return [_Answer(float(asked), float(took), status) for _, asked, took, status, *_ in found]


def _summary(answers: list[_Answer]) -> str:
    """A line for each row of like answers."""
    lines: list[tuple[float, str, int]] = []
    for answer in answers:
        if lines and lines[-1][1] == answer.status:
            first, status, times = lines[-1]
            lines[-1] = (first, status, times + 1)
        else:
            lines.append((answer.asked_s, answer.status, 1))
    return "\n".join(f"  from {first:6.1f} s: {status} x {times}" for first, status, times in lines)
