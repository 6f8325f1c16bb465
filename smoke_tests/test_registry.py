"""Every way into the model registry, through it, and back to a prediction."""

from __future__ import annotations

import mlflow
import numpy as np
import pytest
from mlflow.tracking import MlflowClient

from smoke_tests.versions import MODEL_NAME, TrainedVersion, predictions_of
from smoke_tests.wine import Wine


@pytest.fixture(scope="module")
def second(versions: list[TrainedVersion]) -> TrainedVersion:
    """The version that is registered again and copied."""
    return versions[1]


@pytest.mark.parametrize("way", ["models:/ with an id", "models:/ with a name", "runs:/", "URI"])
def test_a_model_can_be_registered_by(
    client: MlflowClient, second: TrainedVersion, wine: Wine, label: str, way: str
) -> None:
    logged = client.get_logged_model(second.model_id)
    uri = {
        "models:/ with an id": f"models:/{second.model_id}",
        "models:/ with a name": f"models:/{MODEL_NAME}/{second.number}",
        "runs:/": f"runs:/{second.run_id}/model",
        "URI": logged.artifact_location,
    }[way]
    name = f"{label} by {way.replace('/', '').replace(':', '')}"
    if way == "URI":
        client.create_registered_model(name)
        made = client.create_model_version(name, uri, model_id=second.model_id)
    else:
        made = mlflow.register_model(uri, name)
    loaded = predictions_of(f"models:/{name}/{made.version}", wine)
    np.testing.assert_array_equal(loaded, second.predictions, strict=True)


@pytest.mark.parametrize("choice", ["number", "alias"])
def test_a_version_can_be_promoted_to_another_model(
    client: MlflowClient, second: TrainedVersion, wine: Wine, label: str, choice: str
) -> None:
    client.set_registered_model_alias(MODEL_NAME, f"{label}-best", second.number)
    source = f"/{second.number}" if choice == "number" else f"@{label}-best"
    name = f"{label} promoted by {choice}"
    copied = client.copy_model_version(f"models:/{MODEL_NAME}{source}", name)
    assert copied.run_id == second.run_id
    client.set_registered_model_alias(name, "champion", copied.version)
    loaded = predictions_of(f"models:/{name}@champion", wine)
    np.testing.assert_array_equal(loaded, second.predictions, strict=True)


def test_models_and_versions_are_described_searched_and_deleted(
    client: MlflowClient, second: TrainedVersion, label: str
) -> None:
    name = f"{label} described"
    client.create_registered_model(name, tags={"team": label}, description="red")
    source = f"models:/{second.model_id}"
    made = [client.create_model_version(name, source, model_id=second.model_id) for _ in range(2)]
    client.update_registered_model(name, description="white")
    client.update_model_version(name, "1", description="dry")
    client.set_model_version_tag(name, "1", "approved", "yes")
    assert [str(version.version) for version in made] == ["1", "2"]
    for expression in (f"name = '{name}'", f"name ILIKE '{label.upper()} DESC%'"):
        (model,) = client.search_registered_models(expression)
        assert (model.name, model.description) == (name, "white")
    (version,) = client.search_model_versions(f"name = '{name}' AND tags.approved = 'yes'")
    assert (str(version.version), version.description) == ("1", "dry")
    assert client.search_registered_models(f"tags.team = '{label}'")[0].name == name
    client.rename_registered_model(name, f"{name} again")
    client.delete_model_version(f"{name} again", "2")
    assert len(client.search_model_versions(f"name = '{name} again'")) == 1
    client.delete_registered_model(f"{name} again")
    assert client.search_registered_models(f"tags.team = '{label}'") == []


def test_logged_models_are_found_by_their_metrics(
    client: MlflowClient, experiment_id: str, second: TrainedVersion
) -> None:
    client.log_metric(second.run_id, "quality", 0.9, model_id=second.model_id)
    client.set_logged_model_tags(second.model_id, {"grade": "A"})
    found = client.search_logged_models([experiment_id], "metrics.quality > 0.5")
    assert [model.model_id for model in found] == [second.model_id]
    assert found[0].tags["grade"] == "A"
    assert {file.path for file in client.list_logged_model_artifacts(second.model_id)} >= {
        "MLmodel",
        "model.skops",
    }
