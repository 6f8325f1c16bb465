"""How long MLflow takes to start."""

from __future__ import annotations

from smoke_tests.answers import wait_for_answer
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings


def start_seconds(settings: Settings, namespace: Namespace) -> float:
    """Replace MLflow's pods; return the slowest one's seconds from container start to ready.

    Kubernetes notes both to the second. Returns once the server answers through the ingress.
    """
    pods = namespace.replace_pods("mlflow-server")
    wait_for_answer(settings)
    return max(
        (pod.ready_at - pod.started_at).total_seconds()
        for pod in pods
        if pod.ready_at and pod.started_at
    )
