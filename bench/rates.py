"""How many metrics per second a server takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from mlflow.entities import Metric
from mlflow.tracking import MlflowClient

DURATION_S = 10
BATCH = 100


def metrics_per_second(client: MlflowClient, experiment_id: str, clients: int) -> float:
    """Calls of `log_metric` per second, by so many clients at once."""

    def log(run_id: str, step: int) -> None:
        client.log_metric(run_id, "loss", float(step), step=step)

    return _calls_per_second(log, client, experiment_id, clients)


def batches_per_second(client: MlflowClient, experiment_id: str, clients: int) -> float:
    """Calls of `log_batch` with 100 metrics per second, by so many clients at once."""

    def log(run_id: str, step: int) -> None:
        now_ms = int(time.time() * 1000)
        first = step * BATCH
        metrics = [Metric("loss", float(i), now_ms, i) for i in range(first, first + BATCH)]
        client.log_batch(run_id, metrics)

    return _calls_per_second(log, client, experiment_id, clients)


def _calls_per_second(
    call: Callable[[str, int], None], client: MlflowClient, experiment_id: str, clients: int
) -> float:
    """Let threads, each with a run of its own, call one after the other for `DURATION_S`.

    Threads are enough: the server is slower than one process's client, and MLflow keeps their
    connections open.
    """
    together = Barrier(clients, timeout=30)

    def work(run_id: str) -> tuple[int, float]:
        call(run_id, 0)  # opens the connection
        together.wait()
        start = time.perf_counter()
        calls = 0
        while (elapsed := time.perf_counter() - start) < DURATION_S:
            calls += 1
            call(run_id, calls)
        return calls, elapsed

    run_ids = [client.create_run(experiment_id).info.run_id for _ in range(clients)]
    with ThreadPoolExecutor(clients) as threads:
        return sum(calls / elapsed for calls, elapsed in threads.map(work, run_ids))
