"""What the server does besides runs and models: webhooks, MCP servers, GraphQL, what is chosen."""

from __future__ import annotations

import pytest
import requests
from mlflow.entities.webhook import WebhookStatus
from mlflow.exceptions import MlflowException
from mlflow.genai.scorers import scorer
from mlflow.tracking import MlflowClient

from smoke_tests.settings import Settings

TIMEOUT_S = 10


def test_a_webhook_is_kept_with_its_secret(client: MlflowClient, label: str) -> None:
    # It is never called: it is disabled, and its address is in nobody's network.
    made = client.create_webhook(
        label, "https://1.1.1.1/hook", ["registered_model.created"], secret="s", status="DISABLED"
    )
    client.update_webhook(made.webhook_id, description="smoke test")
    kept = client.get_webhook(made.webhook_id)
    assert (kept.name, kept.description) == (label, "smoke test")
    assert kept.status is WebhookStatus.DISABLED
    assert made.webhook_id in {hook.webhook_id for hook in client.list_webhooks()}


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://169.254.169.254/", "http://1.1.1.1/"]
)
def test_a_webhook_into_the_cluster_is_refused(client: MlflowClient, label: str, url: str) -> None:
    with pytest.raises(MlflowException, match="INVALID_PARAMETER_VALUE"):
        client.create_webhook(label, url, ["registered_model.created"])


def test_an_mcp_server_is_registered_and_found(client: MlflowClient, label: str) -> None:
    name = f"com.example/{label}"
    client.create_mcp_server(name=name, description="smoke test")
    assert name in {server.name for server in client.search_mcp_servers()}
    client.delete_mcp_server(name)
    assert name not in {server.name for server in client.search_mcp_servers()}


def test_the_uis_own_queries_are_answered(
    settings: Settings, http: requests.Session, experiment_id: str, label: str
) -> None:
    query = (
        "query GetExperiment($input: MlflowGetExperimentInput!) "
        "{ mlflowGetExperiment(input: $input) { experiment { name } } }"
    )
    response = http.post(
        f"{settings.tracking_uri}/graphql",
        json={"query": query, "variables": {"input": {"experimentId": experiment_id}}},
        headers={"Origin": settings.tracking_uri},
        timeout=TIMEOUT_S,
    )
    assert response.json()["data"]["mlflowGetExperiment"]["experiment"]["name"] == label


def test_jobs_are_as_chosen(settings: Settings, http: requests.Session) -> None:
    response = http.post(
        f"{settings.tracking_uri}/ajax-api/3.0/jobs/",
        json={"job_name": "invoke_scorer", "params": {}},
        timeout=TIMEOUT_S,
    )
    # Where they are on, the job is refused for what it lacks.
    off = "MLFLOW_SERVER_ENABLE_JOB_EXECUTION" in response.text
    assert off == ("jobs" not in settings.mlflow_features), response.text


def test_the_ai_gateway_is_as_chosen(settings: Settings, http: requests.Session) -> None:
    response = http.get(
        f"{settings.tracking_uri}/ajax-api/3.0/mlflow/gateway/endpoints/list", timeout=TIMEOUT_S
    )
    on = "gateway" in settings.mlflow_features
    assert (response.status_code == requests.codes.ok) == on, response.text
    assert ("MLFLOW_ENABLE_AI_GATEWAY" in response.text) != on


def test_scorers_that_are_code_are_kept_as_chosen(settings: Settings, experiment_id: str) -> None:
    @scorer
    def exact(outputs: str) -> bool:
        return outputs == "white"

    if "custom-scorers" in settings.mlflow_features:
        assert exact.register(experiment_id=experiment_id).name == "exact"
    else:
        with pytest.raises(MlflowException, match="disabled by default"):
            exact.register(experiment_id=experiment_id)


def test_each_answer_has_an_id_to_ask_for_it_by(settings: Settings, http: requests.Session) -> None:
    first, second = (http.get(f"{settings.tracking_uri}/version", timeout=10) for _ in range(2))
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
