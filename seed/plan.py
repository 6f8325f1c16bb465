"""What a seeded stack holds, as pure data: the same for a size wherever and whenever it is made."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from seed import files
from seed.projects import PROJECTS, Project, Task

TRIALS = 6
"""Nested runs of every search."""
STEPS = 50
"""Values of every metric of a trial that did not fail."""
FIRST_START_MS = 1_767_600_000_000
"""When the first searches began: 2026-01-05 08:00 UTC. Fixed, so that a metric that is logged once
more, after an interruption, is the row that is there already."""
_MINUTE_MS = 60_000
_DAY_MS = 24 * 60 * _MINUTE_MS
_TRIAL_MS = 30 * _MINUTE_MS


class Size(StrEnum):
    """How much is made."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


@dataclass(frozen=True)
class Extent:
    """The numbers behind a size: so many projects, with so many searches each."""

    projects: int
    searches: int


EXTENTS: Mapping[Size, Extent] = {
    Size.SMALL: Extent(projects=3, searches=2),
    Size.MEDIUM: Extent(projects=8, searches=5),
    Size.LARGE: Extent(projects=20, searches=14),
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run.

    Attributes:
        key: Names it for good, whatever identifier the server gives it.
        name: As people see it.
        description: For its page.
        params: Hyper-parameters.
        metrics: Values per metric, in the order of their steps.
        started_ms: Start, milliseconds since 1970.
        step_ms: Milliseconds between two steps.
        failed: Whether it ended with an error.
        files: Content of its artifacts, by name.
        table: Columns of its table; none if empty.
    """

    key: str
    name: str
    description: str
    params: Mapping[str, str]
    metrics: Mapping[str, tuple[float, ...]]
    started_ms: int
    step_ms: int
    failed: bool = False
    files: Mapping[str, bytes]
    table: Mapping[str, list[str | float]] = field(default_factory=dict[str, list[str | float]])

    @property
    def ended_ms(self) -> int:
        """End, milliseconds since 1970."""
        return self.started_ms + self.step_ms * max(len(values) for values in self.metrics.values())


@dataclass(frozen=True, kw_only=True)
class Search:
    """A hyper-parameter search.

    Attributes:
        parent: The run that stands for it.
        trials: Its nested runs.
        best: The trial that won; never one that failed.
        score: The deciding metric of the best trial.
    """

    parent: Run
    trials: tuple[Run, ...]
    best: Run
    score: float


@dataclass(frozen=True)
class Experiment:
    """A project and its searches, oldest first."""

    project: Project
    searches: tuple[Search, ...]

    @property
    def champion(self) -> Search:
        """The search with the best score."""
        return self.project.best(self.searches, lambda search: search.score)


@cache
def plan(size: Size) -> tuple[Experiment, ...]:
    """Everything that a stack of this size holds."""
    extent = EXTENTS[size]
    return tuple(
        Experiment(project, tuple(_search(project, number) for number in range(extent.searches)))
        for project in PROJECTS[: extent.projects]
    )


def _search(project: Project, number: int) -> Search:
    key = f"{project.name}/{number + 1}"
    started_ms = FIRST_START_MS + number * _DAY_MS
    trials = tuple(
        _trial(project, index, key=f"{key}/{index + 1}", started_ms=started_ms + index * _TRIAL_MS)
        for index in range(TRIALS)
    )

    def score(trial: Run) -> float:
        return trial.metrics[project.metric][-1]

    def best_of(candidates: tuple[Run, ...]) -> Run:
        return project.best((trial for trial in candidates if not trial.failed), score)

    best = best_of(trials)
    table: dict[str, list[str | float]] = {
        "trial": [trial.name for trial in trials],
        "status": ["failed" if trial.failed else "finished" for trial in trials],
        "learning_rate": [trial.params["learning_rate"] for trial in trials],
        "max_depth": [trial.params["max_depth"] for trial in trials],
        project.metric: [score(trial) for trial in trials],
    }
    name = f"search-{number + 1}"
    parent = Run(
        key=key,
        name=name,
        description=f"Random search with {TRIALS} trials; the best was **{best.name}**.",
        params={"strategy": "random", "trials": str(TRIALS), "objective": project.metric},
        metrics={
            f"best_{project.metric}": tuple(
                score(best_of(trials[: number + 1])) for number in range(TRIALS)
            )
        },
        started_ms=started_ms,
        step_ms=_TRIAL_MS,
        files={
            "report.md": files.report(f"{project.name}, {name}", table),
            "val_loss.png": files.chart([trial.metrics["val_loss"] for trial in trials]),
        },
        table=table,
    )
    return Search(parent=parent, trials=trials, best=best, score=score(best))


def _trial(project: Project, index: int, *, key: str, started_ms: int) -> Run:
    chance = random.Random(key)  # noqa: S311 - content for a demo, not a secret
    rate = 10 ** chance.uniform(-4, -1)
    depth = chance.randint(2, 12)
    # Never the first: every search needs a best trial, at any time.
    failed = index > 0 and chance.random() < 0.08
    params = {
        "learning_rate": f"{rate:.6f}",
        "max_depth": str(depth),
        "n_estimators": str(chance.randrange(50, 501, 50)),
        "subsample": f"{chance.uniform(0.5, 1):.2f}",
        "l2": f"{10 ** chance.uniform(-3, 2):.4f}",
        "batch_size": str(2 ** chance.randint(4, 9)),
        "optimizer": chance.choice(["adam", "adamw", "sgd"]),
        "random_state": str(chance.randrange(10_000)),
    }
    metrics = _curves(project, rate, depth, STEPS // 2 if failed else STEPS, chance)
    return Run(
        key=key,
        name=f"trial-{index + 1}",
        description="Ended early: the loss was not a number." if failed else "",
        params=params,
        metrics=metrics,
        started_ms=started_ms,
        step_ms=_TRIAL_MS // STEPS,
        failed=failed,
        files={
            "config.json": files.configuration(params),
            "training.log": files.log(metrics, failed=failed),
        },
    )


def _curves(
    project: Project, rate: float, depth: int, steps: int, chance: random.Random
) -> dict[str, tuple[float, ...]]:
    """Histories that fall as losses do, best near a learning rate of 0.01 and a depth of 6."""
    floor = 0.08 + 0.05 * abs(math.log10(rate) + 2) + 0.01 * abs(depth - 6)
    losses = [floor + (1 - floor) * math.exp(-40 * rate**0.5 * i / STEPS) for i in range(steps)]
    validation = [loss * (1 + depth / 100) * chance.uniform(0.95, 1.05) for loss in losses]
    if project.task is Task.REGRESSION:
        scores = [10 * loss for loss in validation]
    else:
        scores = [1 - loss / 2 for loss in validation]
    return {
        "train_loss": _rounded(loss * chance.uniform(0.97, 1.03) for loss in losses),
        "val_loss": _rounded(validation),
        project.metric: _rounded(scores),
        "learning_rate": _rounded(
            rate / 2 * (1 + math.cos(math.pi * i / STEPS)) for i in range(steps)
        ),
    }


def _rounded(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(value, 6) for value in values)
