"""What asks for a password, and what nobody but the right pods is told."""

import configparser
import json
from urllib.parse import urlsplit

import pytest
import sqlalchemy

from tests.infra.conftest import recorded
from tests.infra.recorder import Recording, record

HARD = "p%40ss@w'rd:/?#[]-chosen"


@pytest.fixture
def guarded() -> Recording:
    """A run with auth on, and passwords that no place may take for anything else."""
    return record({"auth": "true", "authAdminPassword": HARD, "postgresPassword": HARD})


def configuration(recording: Recording) -> configparser.SectionProxy:
    """The file, as MLflow reads it."""
    parser = configparser.ConfigParser()
    parser.read_string(recording.secret_values["auth"]["basic_auth.ini"])
    return parser["mlflow"]


def test_with_auth_off_nothing_of_it_exists(dev: Recording) -> None:
    declared = json.dumps([one.inputs for one in dev.declared]) + json.dumps(dev.outputs)
    assert "auth" not in declared.lower()


def test_the_database_of_users_is_one_of_its_own_whatever_the_password_holds(
    guarded: Recording,
) -> None:
    uri = sqlalchemy.make_url(configuration(guarded)["database_uri"])
    runs = sqlalchemy.make_url(guarded.secret_values["backend-store"]["uri"])
    assert uri.password == HARD
    assert (uri.host, uri.username) == (runs.host, runs.username)
    assert (uri.database, runs.database) == ("mlflow_auth", "mlflow")
    assert uri.query == runs.query
    postgres = guarded.one("StatefulSet", "postgres")
    assert postgres.environment["POSTGRES_AUTH_DB"] == uri.database


def test_an_external_database_of_users_holds_no_login_in_its_file() -> None:
    found = recorded("external")
    uri = urlsplit(configuration(found)["database_uri"])
    assert (uri.netloc, uri.path) == ("", "/mlflow_auth")
    # libpq takes it from the variables of the same pods.
    for workload in (found.one("Deployment", "mlflow-server"), found.one("Job", "migration")):
        assert {"PGUSER", "PGPASSWORD"} <= workload.secrets_read.keys()


def test_the_administrators_password_is_known_to_the_migration_job_only(
    guarded: Recording,
) -> None:
    assert guarded.secret_values["auth-admin"] == {"username": "admin", "password": HARD}
    readers = [
        one.object["metadata"]["labels"]["app.kubernetes.io/name"]
        for one in guarded.workloads
        if "auth-admin" in json.dumps(one.pod)
    ]
    assert readers == ["migration"]
    assert guarded.outputs["authSecret"] == "auth-admin"
    assert "authSecret" not in guarded.secret_outputs


def test_another_password_of_the_administrator_runs_the_job_and_replaces_no_server() -> None:
    def annotations(password: str, kind: str, name: str) -> dict[str, str]:
        found = record({"auth": "true", "authAdminPassword": password})
        return found.one(kind, name).pod["metadata"]["annotations"]

    passwords = ("first-password", "second-password")
    job, server = (
        [annotations(password, kind, name) for password in passwords]
        for kind, name in (("Job", "migration"), ("Deployment", "mlflow-server"))
    )
    assert job[0] != job[1]
    assert server[0] == server[1]


def test_every_server_reads_the_same_configuration_and_key(guarded: Recording) -> None:
    server = guarded.one("Deployment", "mlflow-server")
    assert "--app-name=basic-auth" in server.container["args"]
    assert server.secrets_read["MLFLOW_FLASK_SERVER_SECRET_KEY"] == ("auth", "flaskKey")
    [volume] = [one for one in server.pod["spec"]["volumes"] if "secret" in one]
    [mount] = [one for one in server.container["volumeMounts"] if one["name"] == volume["name"]]
    assert volume["secret"]["secretName"] == "auth"
    [item] = volume["secret"]["items"]
    path = f"{mount['mountPath']}/{item['path']}"
    assert server.environment["MLFLOW_AUTH_CONFIG_PATH"] == path
    assert 30 <= int(configuration(guarded)["auth_cache_ttl_seconds"]) <= 60


def test_probes_need_no_password(guarded: Recording) -> None:
    container = guarded.one("Deployment", "mlflow-server").container
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        get = container[probe]["httpGet"]
        assert get["path"].startswith("/health")
        assert "authorization" not in json.dumps(get).lower()


@pytest.mark.parametrize("permission", ["READ", "NO_PERMISSIONS"])
def test_what_a_user_may_do_with_the_things_of_others_is_as_chosen(permission: str) -> None:
    found = record({"auth": "true", "authDefaultPermission": permission})
    assert configuration(found)["default_permission"] == permission


def test_postgres_takes_the_connections_for_users_too(dev: Recording, guarded: Recording) -> None:
    def taken(recording: Recording) -> int:
        return int(recording.one("StatefulSet", "postgres").container["args"][1].split("=")[1])

    environment = guarded.one("Deployment", "mlflow-server").environment
    pool = int(environment["MLFLOW_SQLALCHEMYSTORE_POOL_SIZE"])
    pool += int(environment["MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW"])
    assert taken(guarded) - taken(dev) >= 5 * pool  # four pods and one more in a rollout
