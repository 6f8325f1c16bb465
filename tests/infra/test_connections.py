"""Connections to Postgres: how many MLflow's pods may hold, and what Postgres takes."""

import pytest

from mlplatform import connections, values
from tests.infra.recorder import Recording, record

REPLICAS = range(1, connections.MAX_REPLICAS + 1)
REQUEST_THREADS = 40


def per_pod(recording: Recording) -> int:
    environment = recording.one("Deployment", "mlflow-server").environment
    pool = int(environment["MLFLOW_SQLALCHEMYSTORE_POOL_SIZE"])
    return pool + int(environment["MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW"])


def postgres_accepts(recording: Recording) -> int:
    option, setting = recording.one("StatefulSet", "postgres").container["args"]
    name, _, value = setting.partition("=")
    assert (option, name) == ("-c", "max_connections")
    return int(value)


def test_request_threads_that_hold_one_connection_each_leave_one_for_log_batch(
    dev: Recording,
) -> None:
    assert per_pod(dev) > REQUEST_THREADS


@pytest.mark.parametrize("replicas", [1, 4, 5, 8])
def test_postgres_takes_the_pools_of_every_pod_and_of_one_more_in_a_rollout(replicas: int) -> None:
    recording = record({"replicas": str(replicas)})
    pools = 2  # of tracking and of the registry
    superuser = 3
    assert postgres_accepts(recording) > (replicas + 1) * pools * per_pod(recording) + superuser


@pytest.mark.parametrize("replicas", [1, 8])
def test_postgres_has_memory_for_all_connections_at_once(replicas: int) -> None:
    recording = record({"replicas": str(replicas)})
    limit = recording.one("StatefulSet", "postgres").container["resources"]["limits"]["memory"]
    assert limit.endswith("Mi")
    # 2.4 MiB were measured after MLflow's queries; a sort may take work_mem, 4 MiB, on top.
    assert int(limit.removesuffix("Mi")) >= 256 + 4 * postgres_accepts(recording)


def test_another_number_of_replicas_restarts_postgres_once_at_most() -> None:
    assert (
        len({connections.max_connections(replicas, has_auth=False) for replicas in REPLICAS}) == 2
    )


def test_more_replicas_than_postgres_can_serve_are_refused() -> None:
    read = values.count(at_most=connections.MAX_REPLICAS, because="of this test")
    assert read(str(connections.MAX_REPLICAS)) == connections.MAX_REPLICAS
    with pytest.raises(values.Refused, match="from 1 to 8"):
        read(str(connections.MAX_REPLICAS + 1))


def test_pods_that_are_several_leave_one_at_a_time_and_a_single_one_when_it_must() -> None:
    for replicas in (1, 2):
        found = record({"replicas": str(replicas)}).of_kind("PodDisruptionBudget")
        assert [one.object["spec"]["maxUnavailable"] for one in found] == [1] * (replicas - 1)


def test_pods_of_the_server_go_to_different_nodes_where_there_are_some(dev: Recording) -> None:
    (spread,) = dev.one("Deployment", "mlflow-server").pod["spec"]["topologySpreadConstraints"]
    assert spread["topologyKey"] == "kubernetes.io/hostname"
    assert spread["whenUnsatisfiable"] == "ScheduleAnyway"
