"""What a version of a model or prompt may be made from, asked of MLflow's own server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.entities.model_registry.model_version_stages import get_canonical_stage
from mlflow.prompt.constants import _PROMPT_SOURCE_PLACEHOLDERS, IS_PROMPT_TAG_KEY
from mlflow.server import app, handlers

from mlplatform import server
from mlplatform.artifacts import WAYS

RUN = "0123456789abcdef" * 2
LOGGED_MODEL = f"m-{RUN}"
PLACES = {
    "proxied": "mlflow-artifacts:/1",
    "presigned": "mlflow-artifacts:/1",
    "direct": "s3://mlflow/artifacts/1",
}
NAMES = ["wine", "wine 2026 @home", "vin rouge, 赤ワイン"]


class Registry:
    """Holds version 3 of every model, and takes whatever passes the server's checks."""

    def get_registered_model(self, name: str) -> RegisteredModel:
        return RegisteredModel(name)

    def get_model_version(self, name: str, version: str) -> ModelVersion:
        return ModelVersion(name, version, 0, run_id=RUN)

    def get_model_version_by_alias(self, name: str, _alias: str) -> ModelVersion:
        return self.get_model_version(name, "3")

    def get_latest_versions(self, name: str, stages: list[str] | None) -> list[ModelVersion]:
        for stage in stages or []:
            get_canonical_stage(stage)
        return [self.get_model_version(name, "3")]

    def create_model_version(self, name: str, source: str, **_: Any) -> ModelVersion:
        return ModelVersion(name, "1", 0, source=source)


@pytest.fixture(params=WAYS)
def artifacts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server with the environment of each way of artifacts, in front of one run and one model."""
    environment = server.environment(
        artifacts=request.param,
        public_host="h",
        namespace="n",
        s3_endpoint_url="http://s",
        bucket="mlflow",
        region="us-east-1",
    )
    for name, value in environment.items():
        if name.startswith("MLFLOW_"):
            monkeypatch.setenv(name, value)
    place = PLACES[request.param]
    run = SimpleNamespace(info=SimpleNamespace(artifact_uri=f"{place}/{RUN}/artifacts"))
    model = SimpleNamespace(artifact_location=f"{place}/models/{LOGGED_MODEL}/artifacts")
    tracking = SimpleNamespace(
        get_run=lambda _: run,
        get_logged_model=lambda _: model,
        set_model_versions_tags=lambda **_: None,
    )
    monkeypatch.setattr(handlers, "_get_tracking_store", lambda: tracking)
    monkeypatch.setattr(handlers, "_get_model_registry_store", Registry)
    monkeypatch.setattr(handlers, "deliver_webhook", lambda **_: None)
    return request.param


@pytest.fixture
def client() -> FlaskClient:
    return app.test_client()


def answer(client: FlaskClient, source: str, **request: Any) -> tuple[int, str]:
    """Status and stored source, or message, of a request for a new version."""
    response = client.post(
        "/api/2.0/mlflow/model-versions/create",
        json={"name": "new", "source": source, **request},
        headers={"Host": "localhost"},
    )
    found = response.get_json()
    if response.status_code == 200:
        return 200, found["model_version"]["source"]
    return response.status_code, found["message"]


@pytest.mark.usefixtures("artifacts")
def test_a_logged_model_can_be_registered(client: FlaskClient) -> None:
    source = f"models:/{LOGGED_MODEL}"
    assert answer(client, source, model_id=LOGGED_MODEL) == (200, source)


def test_what_clients_put_into_the_store_can_be_registered(
    client: FlaskClient, artifacts: str
) -> None:
    source = f"{PLACES[artifacts]}/{RUN}/artifacts/model"
    assert answer(client, source, run_id=RUN) == (200, source)


@pytest.mark.usefixtures("artifacts")
def test_a_model_of_a_run_can_be_registered_by_the_run(client: FlaskClient) -> None:
    source = f"runs:/{RUN}/model"
    assert answer(client, source, run_id=RUN) == (200, source)


@pytest.mark.usefixtures("artifacts")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("choice", ["/3", "/latest", "/Production", "@champion"])
def test_a_registered_version_can_be_copied(client: FlaskClient, name: str, choice: str) -> None:
    assert answer(client, f"models:/{name}{choice}", run_id=RUN) == (200, f"models:/{name}/3")


@pytest.mark.usefixtures("artifacts")
@pytest.mark.parametrize("placeholder", sorted(_PROMPT_SOURCE_PLACEHOLDERS))
def test_a_prompt_can_be_registered(client: FlaskClient, placeholder: str) -> None:
    tags = [{"key": IS_PROMPT_TAG_KEY, "value": "true"}]
    assert answer(client, placeholder, tags=tags) == (200, placeholder)


@pytest.mark.usefixtures("artifacts")
@pytest.mark.parametrize(
    "source",
    [
        "s3://other/artifacts/1",
        "s3://mlflow/other",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "/etc/passwd",
        "dummy-source",
        f"xmodels:/{LOGGED_MODEL}",
        f"models:/{LOGGED_MODEL}/../x",
        f"models:/{LOGGED_MODEL}/..",
        "models:/m-1",
        "models://elsewhere/wine/3",
        "models:/wine/http://169.254.169.254/",
        f"runs:/{RUN}/../../x",
        "runs:/0/model",
        "mlflow-artifacts:/../../etc/passwd",
        "mlflow-artifacts:/1/%2e%2e/%2e%2e/etc/passwd",
        f"mlflow-artifacts://elsewhere/1/{RUN}/artifacts/model",
        "mlflow-artifacts:/2/another-run/artifacts/model",
        "s3://mlflow/artifacts/../x",
        "s3://mlflow/artifacts/%2e%2e/x",
    ],
)
@pytest.mark.parametrize("named", [{"run_id": RUN}, {"model_id": LOGGED_MODEL}, {}])
def test_nothing_else_can_be_registered(
    client: FlaskClient, source: str, named: dict[str, str]
) -> None:
    status, message = answer(client, source, **named)
    assert status == 400, message


def test_only_direct_clients_can_register_a_place_in_the_store(
    client: FlaskClient, artifacts: str
) -> None:
    status, _ = answer(client, f"s3://mlflow/artifacts/1/{RUN}/artifacts/model", run_id=RUN)
    assert status == (200 if artifacts == "direct" else 400)
