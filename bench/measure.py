"""Every figure of the bench, in the order in which they are taken."""

from __future__ import annotations

import sys
import uuid

from mlflow.tracking import MlflowClient

from bench.memory import memory_mb
from bench.rates import batches_per_second, metrics_per_second
from bench.start import start_seconds
from bench.table import Figure
from bench.transfer import transfer_mb_per_second
from smoke_tests.cleanup import clean_up
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings
from smoke_tests.store import s3_client

CLIENTS = (1, 8)


def measure(settings: Settings) -> list[Figure]:
    """Take all figures, and remove what that left on the stack.

    MLflow's pods are replaced first, so that memory is that of a fresh server.

    Args:
        settings: The stack; nobody else should be using it meanwhile.
    """
    namespace = Namespace(settings.context, settings.namespace)
    _say("replacing MLflow's pods")
    start_s = start_seconds(settings, namespace)
    figures = [Figure("MLflow, container start to ready (to the second)", start_s, "s")]
    figures.append(Figure("MLflow, memory idle", _of_all_pods(namespace), "MB"))

    label = f"bench-{uuid.uuid4().hex[:8]}"
    try:
        client = MlflowClient()
        experiment_id = client.create_experiment(label)
        for clients in CLIENTS:
            plural = "client" if clients == 1 else "clients"
            _say(f"logging with {clients} {plural}")
            singly = metrics_per_second(client, experiment_id, clients)
            batched = batches_per_second(client, experiment_id, clients)
            figures.append(Figure(f"log_metric, {clients} {plural}", singly, "calls/s"))
            figures.append(Figure(f"log_batch of 100, {clients} {plural}", batched, "calls/s"))
        _say("moving 1 GB up and down")
        up, down = transfer_mb_per_second(client, experiment_id)
        figures.append(Figure("1 GB artifact, up", up, "MB/s"))
        figures.append(Figure("1 GB artifact, down", down, "MB/s"))
        figures.append(Figure("MLflow, memory after load", _of_all_pods(namespace), "MB"))
    finally:
        _say("cleaning up")
        clean_up(settings, namespace, s3_client(settings), label)
    return figures


def _of_all_pods(namespace: Namespace) -> float:
    return sum(memory_mb(namespace, f"pod/{one.name}") for one in namespace.pods("mlflow-server"))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
