"""Writes a plan to a tracking server."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from mlflow.tracking import MlflowClient

from seed.counts import Counts
from seed.plan import Experiment, Size, plan
from seed.registry import Registry
from seed.runs import Runs, ensure_experiment
from toolchain.process import say

CLIENTS = 4
"""Runs that are logged at once; one worker of MLflow is busy with no more."""


def seed(client: MlflowClient, size: Size, tell: Callable[[str], None] = say) -> Counts:
    """Bring a stack to the content of a size; what is there already stays as it is.

    Args:
        client: Of the stack; its process must reach the artifacts too.
        size: How much there shall be.
        tell: Gets a line per experiment.

    Returns:
        What was made by this call.

    Raises:
        MlflowException: The server refused, or did not answer. Another call goes on from there.
    """
    began = time.monotonic()
    experiments = plan(size)
    total = Counts()
    for number, experiment in enumerate(experiments, start=1):
        made = _fill(client, experiment)
        total += made
        tell(
            f"  [{number}/{len(experiments)}] {experiment.project.name:<22}"
            f" {made.runs:>3} runs {made.metric_values:>7,} metric values"
            f" {made.model_versions:>3} versions {time.monotonic() - began:7.1f} s"
        )
    return total


def _fill(client: MlflowClient, experiment: Experiment) -> Counts:
    experiment_id, total = ensure_experiment(client, experiment.project)
    runs = Runs(client, experiment_id, experiment.project)
    registry = Registry(client, experiment_id, experiment.project)
    total += registry.ensure_model()
    with ThreadPoolExecutor(CLIENTS) as threads:
        for search in experiment.searches:
            parent_id = runs.begin(search.parent)
            nested = threads.map(partial(runs.ensure, parent_id=parent_id), search.trials)
            total = sum(nested, total) + runs.ensure(search.parent)
            total += registry.ensure_version(search, run_id=runs.id_of(search.best))
    return total + registry.ensure_aliases(experiment)
