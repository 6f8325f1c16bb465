"""A controller that counts MLflow's pods, and what the program leaves to it."""

import pytest

from mlplatform import connections
from mlplatform.existing import Existing
from tests.infra.recorder import Recording, record

BOUNDS = {"replicas": "2", "maxReplicas": "6"}


@pytest.fixture(scope="module")
def autoscaled() -> Recording:
    return record(BOUNDS)


def test_there_is_an_autoscaler_only_where_there_may_be_more_pods(
    autoscaled: Recording, dev: Recording
) -> None:
    (one,) = autoscaled.of_kind("HorizontalPodAutoscaler")
    spec = one.object["spec"]
    deployment = autoscaled.one("Deployment", "mlflow-server").object
    assert spec["scaleTargetRef"] == {
        "apiVersion": deployment["apiVersion"],
        "kind": "Deployment",
        "name": deployment["metadata"]["name"],
    }
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 6)
    [metric] = spec["metrics"]
    assert metric["resource"]["target"] == {"type": "AverageValue", "averageValue": "700m"}
    assert dev.of_kind("HorizontalPodAutoscaler") == []


@pytest.mark.parametrize(("live", "declared"), [(0, 2), (1, 2), (4, 4), (9, 6)])
def test_an_update_keeps_the_number_that_the_controller_has_come_to(
    live: int, declared: int
) -> None:
    recording = record(BOUNDS, existing=Existing(mlflow_replicas=live))
    deployment = recording.one("Deployment", "mlflow-server").object
    assert deployment["spec"]["replicas"] == declared


def test_postgres_is_sized_for_the_most_pods(autoscaled: Recording) -> None:
    arguments = autoscaled.one("StatefulSet", "postgres").container["args"]
    assert f"max_connections={connections.max_connections(6, has_auth=False)}" in arguments


def test_pods_that_may_come_leave_one_at_a_time_too() -> None:
    recording = record({"replicas": "1", "maxReplicas": "2"})
    assert len(recording.of_kind("PodDisruptionBudget")) == 1
    container = recording.one("Deployment", "mlflow-server").container
    assert container["lifecycle"]["preStop"]["sleep"]["seconds"] == 5
