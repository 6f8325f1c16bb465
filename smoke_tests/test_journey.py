"""The journey of the tutorial: list, train, register, search, load, predict."""

from __future__ import annotations

import mlflow
import numpy as np
import pytest
import requests
from mlflow.tracking import MlflowClient

from smoke_tests.settings import Settings
from smoke_tests.versions import MODEL_NAME, TrainedVersion, own_versions, predictions_of
from smoke_tests.wine import Wine, golden_differences


@pytest.fixture(scope="module")
def second(versions: list[TrainedVersion]) -> TrainedVersion:
    """The version that the tutorial loads."""
    return versions[1]


@pytest.fixture(scope="module")
def download_uri(client: MlflowClient, second: TrainedVersion) -> str:
    """Where the second version's files are."""
    return client.get_model_version_download_uri(MODEL_NAME, second.number).rstrip("/")


def test_the_client_has_the_version_of_the_server(
    settings: Settings, http: requests.Session
) -> None:
    response = http.get(f"{settings.tracking_uri}/version", timeout=10)
    assert response.text == mlflow.__version__


def test_experiments_are_listed(client: MlflowClient, experiment_id: str, label: str) -> None:
    listed = {experiment.name: experiment for experiment in client.search_experiments()}
    assert "Default" in listed
    assert listed[label].experiment_id == experiment_id


def test_three_versions_are_found_by_the_models_name(
    client: MlflowClient, versions: list[TrainedVersion], label: str
) -> None:
    found = own_versions(client, label)
    assert [version.version for version in found] == [version.number for version in versions]
    assert [version.run_id for version in found] == [version.run_id for version in versions]
    assert {version.status for version in found} == {"READY"}


def test_a_name_that_nobody_registered_finds_no_version(client: MlflowClient, label: str) -> None:
    assert client.search_model_versions(f"name='{label}-nobody'") == []


def test_the_three_versions_predict_differently(versions: list[TrainedVersion]) -> None:
    first, second, third = (version.predictions for version in versions)
    assert np.ptp(second) > 0, "all wines are predicted alike: nothing could be told apart"
    assert not np.array_equal(first, second)
    assert not np.array_equal(third, second)


def test_the_download_uri_loads_the_second_version(
    download_uri: str, second: TrainedVersion, wine: Wine
) -> None:
    assert_predicts_as_trained(download_uri, second, wine)


def test_the_download_uri_with_a_trailing_slash_loads_it_too(
    download_uri: str, second: TrainedVersion, wine: Wine
) -> None:
    assert_predicts_as_trained(f"{download_uri}/", second, wine)


def test_the_name_and_number_load_the_second_version(second: TrainedVersion, wine: Wine) -> None:
    assert_predicts_as_trained(f"models:/{MODEL_NAME}/{second.number}", second, wine)


def test_an_alias_loads_the_second_version(
    client: MlflowClient, second: TrainedVersion, wine: Wine, label: str
) -> None:
    client.set_registered_model_alias(MODEL_NAME, label, second.number)
    assert_predicts_as_trained(f"models:/{MODEL_NAME}@{label}", second, wine)


def test_the_red_wine_file_gives_the_published_predictions(
    second: TrainedVersion, wine: Wine
) -> None:
    if not wine.is_red_wine:
        pytest.skip("published for the red-wine file only: name it in WINE_CSV")
    assert golden_differences(second.predictions) == []


def assert_predicts_as_trained(uri: str, version: TrainedVersion, wine: Wine) -> None:
    np.testing.assert_array_equal(predictions_of(uri, wine), version.predictions, strict=True)
