"""Connections and pods are lost, the data is not. Runs last, and leaves the stack ready."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from mlflow.tracking import MlflowClient

from smoke_tests.answers import wait_for_answer
from smoke_tests.database import query
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings
from smoke_tests.versions import MODEL_NAME, TrainedVersion, predictions_of
from smoke_tests.wine import Wine

pytestmark = pytest.mark.disruptive

_CUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@pytest.mark.own("postgres")
def test_a_server_whose_connections_are_cut_connects_again(
    namespace: Namespace, client: MlflowClient, versions: list[TrainedVersion]
) -> None:
    before = client.get_run(versions[1].run_id).to_dictionary()
    [[cut]] = query(namespace, _CUT)
    assert int(cut) > 0
    assert client.get_run(versions[1].run_id).to_dictionary() == before


def test_deleted_pods_come_back_and_the_data_is_still_there(
    settings: Settings,
    namespace: Namespace,
    client: MlflowClient,
    versions: list[TrainedVersion],
    wine: Wine,
) -> None:
    second = versions[1]
    before = client.get_run(second.run_id).to_dictionary()

    lost = {"mlflow-server", "postgres"} - settings.external
    with ThreadPoolExecutor() as pool:
        list(pool.map(namespace.replace_pods, lost))
    wait_for_answer(settings)

    assert client.get_run(second.run_id).to_dictionary() == before
    loaded = predictions_of(f"models:/{MODEL_NAME}/{second.number}", wine)
    np.testing.assert_array_equal(loaded, second.predictions, strict=True)
