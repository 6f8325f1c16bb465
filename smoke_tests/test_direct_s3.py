"""Direct S3, as in the tutorial: a client with a key talks to the store's own host."""

from __future__ import annotations

import mlflow
import numpy as np
import pytest
from botocore.client import BaseClient
from mlflow.sklearn import log_model
from mlflow.tracking import MlflowClient

from smoke_tests.client import s3_environment
from smoke_tests.settings import Settings
from smoke_tests.store import ARTIFACT_ROOT, key_prefix, keys
from smoke_tests.versions import REQUIREMENTS, TrainedVersion, predictions_of
from smoke_tests.wine import Wine, train


@pytest.fixture(autouse=True)
def tutorial_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store's address and the key, in the environment."""
    for name, value in s3_environment(settings).items():
        monkeypatch.setenv(name, value)


def test_a_model_of_the_stack_loads_straight_from_the_bucket(
    settings: Settings, client: MlflowClient, wine: Wine, versions: list[TrainedVersion]
) -> None:
    version = versions[1]
    location = client.get_logged_model(version.model_id).artifact_location
    uri = f"s3://{settings.bucket}/{key_prefix(location, settings.bucket)}"
    np.testing.assert_array_equal(predictions_of(uri, wine), version.predictions, strict=True)


def test_a_model_goes_to_the_bucket_and_back_without_passing_mlflow(
    settings: Settings, client: MlflowClient, s3: BaseClient, wine: Wine, label: str
) -> None:
    root = f"s3://{settings.bucket}/{ARTIFACT_ROOT}/{label}-direct"
    experiment_id = client.create_experiment(f"{label}-direct", artifact_location=root)
    model = train(wine, alpha=1)
    with mlflow.start_run(experiment_id=experiment_id):
        logged = log_model(model, name="model", pip_requirements=REQUIREMENTS)
    stored = keys(s3, settings.bucket, key_prefix(root, settings.bucket))
    assert any(key.endswith(f"{logged.model_id}/artifacts/model.skops") for key in stored), stored
    np.testing.assert_array_equal(
        predictions_of(logged.model_uri, wine), model.predict(wine.features), strict=True
    )
