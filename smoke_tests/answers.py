"""Whether MLflow answers, from its database, through the ingress."""

from __future__ import annotations

from smoke_tests.client import http_session
from smoke_tests.settings import Settings
from smoke_tests.wait import wait_until

# After its pods are ready: the ingress controller has to learn their addresses.
ANSWER_TIMEOUT_S = 30


def wait_for_answer(settings: Settings) -> None:
    """Wait until MLflow lists experiments.

    Raises:
        TimeoutError: It did not within `ANSWER_TIMEOUT_S`; has its last answer.
    """

    session = http_session(settings)

    def can_list_experiments() -> bool:
        response = session.get(
            f"{settings.tracking_uri}/api/2.0/mlflow/experiments/search",
            params={"max_results": 1},
            timeout=2,
        )
        response.raise_for_status()
        return True

    wait_until(
        can_list_experiments,
        timeout_s=ANSWER_TIMEOUT_S,
        describe="MLflow lists experiments through the ingress",
    )
