"""A database and a store that are not the stack's."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy

from mlplatform import changes, external_check, references
from mlplatform.existing import Claim, Existing
from mlplatform.problems import SettingsError
from mlplatform.settings import Settings, parse_settings
from tests.infra.recorder import Recording, record
from tests.processes import PostgresServer

ROOT = Path(__file__).parents[2]
LOGIN = {"username": "postgres", "password": "not asked for"}
KEY = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
BOTH = {
    "externalPostgres": "db.example.com",
    "externalPostgresTls": "require",
    "externalS3": "https://s3.example.com",
}


def settings(**config: str) -> Settings:
    return parse_settings(config, "dev", {"minikube": True})


def named(login: dict[str, str] = LOGIN, version: str = "1") -> Existing:
    """A cluster that has both Secrets."""
    return Existing(
        named={
            ("Secret", "external-postgres"): (login, version),
            ("Secret", "external-s3"): (KEY, "1"),
        }
    )


def problems(config: dict[str, str], existing: Existing) -> list[str]:
    """The keys that are refused."""
    try:
        changes.refuse(settings(**config), existing)
    except SettingsError as error:
        return [problem.key for problem in error.problems]
    return []


def test_the_stack_has_no_servers_volumes_or_hosts_of_what_is_anothers(
    external: Recording,
) -> None:
    assert [one.object["metadata"]["name"] for one in external.of_kind("StatefulSet")] == []
    claims = external.of_kind("PersistentVolumeClaim")
    assert [one.name for one in claims] == ["backup-data"]
    assert [one.name for one in external.of_kind("Ingress")] == ["ingress-mlflow-server"]
    assert external.outputs["external"] == "minio,postgres"
    assert "minioHost" not in external.outputs
    assert external.secret_outputs == set()
    (namespace,) = external.of_kind("Namespace")
    assert namespace.object["metadata"]["annotations"]["mlplatform/external"] == "minio,postgres"


def test_mlflow_and_its_migration_log_in_with_the_secret_of_others(external: Recording) -> None:
    for kind, part in (("Deployment", "mlflow-server"), ("Job", "migration")):
        pod = external.one(kind, part)
        assert pod.secrets_read["PGUSER"] == ("external-postgres", "username")
        assert pod.secrets_read["PGPASSWORD"] == ("external-postgres", "password")
        public = pod.environment
        assert (public["PGHOST"], public["PGPORT"]) == ("db.example.com", "6432")
        assert public["PGDATABASE"] == "team"
        assert (public["PGSSLMODE"], public["PGSSLROOTCERT"]) == (
            "verify-full",
            "/etc/mlplatform/ca.crt",
        )


def test_the_server_the_check_and_the_backup_use_the_bucket_of_others(
    external: Recording,
) -> None:
    server = external.one("Deployment", "mlflow-server")
    assert server.environment["MLFLOW_S3_ENDPOINT_URL"] == "https://s3.example.com"
    assert server.environment["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert server.secrets_read["AWS_ACCESS_KEY_ID"] == ("external-s3", "AWS_ACCESS_KEY_ID")
    assert (
        "--artifacts-destination=s3-presigned://team-mlflow/artifacts" in server.container["args"]
    )
    assert server.environment["MLPLATFORM_S3_PUBLIC_URL"] == "https://s3.example.com"
    check = external.one("Job", "bucket")
    assert check.environment["BUCKET"] == "team-mlflow"
    assert check.urn in server.dependencies
    backup = external.one("CronJob", "backup")
    assert backup.environment["BUCKET"] == "team-mlflow"
    assert "database dump db.example.com" in backup.containers[0]["args"][0]


def test_every_container_trusts_the_certificates_of_the_bundle(external: Recording) -> None:
    for one in external.workloads:
        for container in one.containers:
            public = {entry["name"]: entry.get("value") for entry in container["env"]}
            for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
                assert public[variable] == "/etc/mlplatform/ca.crt"
            mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
            assert mounts["ca"] == "/etc/mlplatform"
        volumes = {volume["name"]: volume for volume in one.pod["spec"]["volumes"]}
        assert volumes["ca"]["configMap"] == {"name": "company-ca"}


def test_pods_are_replaced_when_a_secret_of_others_changes() -> None:
    def annotations(version: str) -> dict[str, str]:
        pod = record(BOTH, existing=named(version=version)).one("Deployment", "mlflow-server").pod
        return pod["metadata"]["annotations"]

    assert annotations("1") == annotations("1") != annotations("2")


def test_what_a_person_has_yet_to_make_is_named_with_how() -> None:
    assert problems(BOTH, named()) == []
    assert problems(BOTH, Existing()) == ["externalPostgresSecret", "externalS3Secret"]
    assert problems(BOTH, named({"user": "u", "password": "p"})) == ["externalPostgresSecret"]
    [missing, _] = references.problems(settings(**BOTH), Existing())
    assert "--namespace=mlplatform-dev create secret generic external-postgres" in missing.hint


@pytest.mark.parametrize(
    ("config", "made_with", "keys"),
    [
        (BOTH, {"postgres", "minio"}, []),
        ({}, {"postgres", "minio"}, ["externalPostgres", "externalS3"]),
        ({}, set(), []),
    ],
)
def test_a_stack_stays_with_the_servers_that_hold_its_data(
    config: dict[str, str], made_with: set[str], keys: list[str]
) -> None:
    found = Existing(named=named().named, external=frozenset(made_with))
    assert problems(config, found) == keys


def test_a_stack_with_volumes_does_not_leave_them_for_another_store() -> None:
    claim = Claim(name="minio-x1", part="minio", storage_class="standard", size="10Gi")
    assert problems(BOTH, Existing(named=named().named, claims=[claim])) == ["externalS3"]


@pytest.fixture
def config(postgres_server: PostgresServer, database: str) -> dict[str, str]:
    """A stack on a database of this machine, without TLS."""
    return {
        "externalPostgres": f"127.0.0.1:{postgres_server.port}",
        "externalPostgresDatabase": urlsplit(database).path[1:],
        "externalPostgresTls": "disable",
    }


def refusal(config: dict[str, str], login: dict[str, str] = LOGIN) -> str:
    with pytest.raises(SettingsError) as caught:
        external_check.refuse(settings(**config), named(login))
    return str(caught.value)


def test_a_database_that_mlflow_can_live_in_is_accepted(config: dict[str, str]) -> None:
    external_check.refuse(settings(**config), named())


def test_a_database_that_does_not_exist_is_refused(config: dict[str, str]) -> None:
    assert 'database "nowhere" does not exist' in refusal(
        {**config, "externalPostgresDatabase": "nowhere"}
    )


def test_a_user_that_does_not_exist_is_refused_and_no_password_is_shown(
    config: dict[str, str],
) -> None:
    said = refusal(config, {"username": "nobody", "password": "canary-canary"})
    assert 'role "nobody" does not exist' in said
    assert "canary" not in said


def test_a_server_without_tls_is_refused_where_it_is_wanted(config: dict[str, str]) -> None:
    assert "SSL" in refusal({**config, "externalPostgresTls": "require"})


def test_a_user_who_may_make_no_tables_is_refused(config: dict[str, str], database: str) -> None:
    engine = sqlalchemy.create_engine(database, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("CREATE ROLE reader LOGIN"))
    try:
        said = refusal(config, {"username": "reader", "password": "any"})
        assert "where the user may make no tables" in said
    finally:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("DROP ROLE reader"))
        engine.dispose()


def test_a_database_that_only_the_cluster_reaches_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(external_check.pulumi.log, "info", said.append)
    config = {"externalPostgres": "127.0.0.1:1", "externalPostgresTls": "disable"}
    external_check.refuse(settings(**config), named())
    assert "does not answer this machine" in said[0]


def test_the_migration_finds_the_database_by_what_its_pod_is_told(
    config: dict[str, str], database: str
) -> None:
    job = record({**config, "externalS3": "http://127.0.0.1:1"}).one("Job", "migration")
    login = {name: LOGIN[key] for name, (_, key) in job.secrets_read.items()}
    told = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "images/mlflow")}
    subprocess.run(
        [sys.executable, *job.container["command"][1:]],
        env={**told, **job.environment, **login, "HOME": "/nonexistent"},
        check=True,
        timeout=120,
    )
    engine = sqlalchemy.create_engine(database)
    with engine.connect() as connection:
        root = "SELECT artifact_location FROM experiments WHERE experiment_id = 0"
        assert connection.execute(sqlalchemy.text(root)).scalar() == "mlflow-artifacts:/0"
    engine.dispose()
