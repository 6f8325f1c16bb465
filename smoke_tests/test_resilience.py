"""Pods are deleted and the data is still there. Runs last, and leaves the stack ready."""

from __future__ import annotations

import numpy as np
import pytest
from mlflow.tracking import MlflowClient

from smoke_tests.answers import wait_for_answer
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings
from smoke_tests.versions import MODEL_NAME, TrainedVersion, predictions_of
from smoke_tests.wine import Wine

pytestmark = pytest.mark.disruptive


@pytest.mark.parametrize(
    "app", [pytest.param("postgres", marks=pytest.mark.own("postgres")), "mlflow-server"]
)
def test_a_deleted_pod_comes_back_and_the_data_is_still_there(
    settings: Settings,
    namespace: Namespace,
    client: MlflowClient,
    versions: list[TrainedVersion],
    wine: Wine,
    app: str,
) -> None:
    second = versions[1]
    before = client.get_run(second.run_id).to_dictionary()

    namespace.replace_pods(app)
    wait_for_answer(settings)

    assert client.get_run(second.run_id).to_dictionary() == before
    loaded = predictions_of(f"models:/{MODEL_NAME}/{second.number}", wine)
    np.testing.assert_array_equal(loaded, second.predictions, strict=True)
