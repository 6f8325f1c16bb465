"""How much there is, or was made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from seed.plan import Experiment, Run

ALIASES = ("champion", "challenger")
"""What every registered model has: its best version and its newest."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Numbers of things on a stack.

    Attributes:
        experiments: One per project.
        runs: Parents and their nested runs.
        params: Of all runs together.
        metric_values: Of all runs together: the lengths of all histories.
        artifacts: Files and tables of runs; those of models are not counted.
        registered_models: One per project.
        model_versions: One per search, each loadable.
        aliases: Of all registered models together.
    """

    experiments: int = 0
    runs: int = 0
    params: int = 0
    metric_values: int = 0
    artifacts: int = 0
    registered_models: int = 0
    model_versions: int = 0
    aliases: int = 0

    def __add__(self, other: Counts) -> Counts:
        names = [counted.name for counted in fields(self)]
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in names})

    def __bool__(self) -> bool:
        return self != Counts()

    def __str__(self) -> str:
        return ", ".join(
            f"{getattr(self, counted.name):,} {counted.name.replace('_', ' ')}"
            for counted in fields(self)
        )


def of_run(run: Run) -> Counts:
    """What one run adds."""
    return Counts(
        runs=1,
        params=len(run.params),
        metric_values=sum(len(values) for values in run.metrics.values()),
        artifacts=len(run.files) + bool(run.table),
    )


def planned(experiments: Iterable[Experiment]) -> Counts:
    """What a plan adds to a stack that has nothing of it."""
    total = Counts()
    for experiment in experiments:
        total += Counts(experiments=1, registered_models=1, aliases=len(ALIASES))
        for search in experiment.searches:
            total += Counts(model_versions=1) + of_run(search.parent)
            total = sum(map(of_run, search.trials), total)
    return total
