"""Metrics and params in as few calls of `log_batch` as the server's limits allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlflow.entities import Metric, Param

from seed.plan import Run

ENTITIES_PER_BATCH = 1000
"""Metrics, params and tags together; one more is refused (MLflow 3.17, utils/validation.py). There
may be 100 params among them."""


@dataclass(frozen=True)
class Batch:
    """What one call logs."""

    metrics: Sequence[Metric]
    params: Sequence[Param]


def batches(run: Run) -> Iterator[Batch]:
    """Split what a run logs."""
    params = [Param(name, value) for name, value in run.params.items()]
    metrics = [
        Metric(name, value, run.started_ms + step * run.step_ms, step)
        for name, values in run.metrics.items()
        for step, value in enumerate(values)
    ]
    first = ENTITIES_PER_BATCH - len(params)
    yield Batch(metrics[:first], params)
    for start in range(first, len(metrics), ENTITIES_PER_BATCH):
        yield Batch(metrics[start : start + ENTITIES_PER_BATCH], [])
