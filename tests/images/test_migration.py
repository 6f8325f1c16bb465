"""`migrate()` against a real Postgres."""

import concurrent.futures
import gc
from pathlib import Path
from typing import Any

import mlflow
import pytest
import sqlalchemy
from alembic import command
from alembic.config import Config
from mlflow.store.tracking.dbmodels.initial_models import Base
from mlflow.tracking import MlflowClient

from mlplatform_server import migration
from mlplatform_server.database import known_revisions, require_migrated
from mlplatform_server.migration import migrate
from mlplatform_server.waiting import FAILED_FOR_GOOD, NotYet
from tests.processes import PostgresServer

ROOT = "mlflow-artifacts:/"
NEWEST = known_revisions()[0]
OF_MLFLOW_3_14 = "b7e4c1a90f23"
OLD_IMAGE = "localhost/mlplatform/mlflow:3.14.0"


def rows(uri: str, *statements: str) -> list[Any]:
    """Run statements in a transaction, and return the rows of the last one."""
    engine = sqlalchemy.create_engine(uri, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        results = [connection.execute(sqlalchemy.text(one)) for one in statements]
        return [tuple(row) for row in results[-1]] if results[-1].returns_rows else []


def revision(uri: str) -> str:
    [(found,)] = rows(uri, "SELECT version_num FROM alembic_version")
    return found


def columns(uri: str) -> list[Any]:
    return rows(
        uri,
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY 1, 2",
    )


@pytest.fixture(scope="module")
def template(postgres_server: PostgresServer) -> str:
    """Name of a database as MLflow 3.14 leaves it, with an experiment and a run."""
    uri = postgres_server.new_database()
    engine = sqlalchemy.create_engine(uri, poolclass=sqlalchemy.NullPool)
    Base.metadata.create_all(engine)
    config = Config()
    config.set_main_option("script_location", f"{Path(mlflow.__file__).parent}/store/db_migrations")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, OF_MLFLOW_3_14)
    rows(
        uri,
        "INSERT INTO experiments (experiment_id, name, lifecycle_stage, artifact_location)"
        " VALUES (0, 'Default', 'active', 'mlflow-artifacts:/0'),"
        " (1, 'wine', 'active', 'mlflow-artifacts:/1')",
        "INSERT INTO runs (run_uuid, user_id, experiment_id, lifecycle_stage, status, start_time,"
        " artifact_uri)"
        " VALUES ('a-run', 'me', 1, 'active', 'FINISHED', 1, 'mlflow-artifacts:/1/a-run')",
        "INSERT INTO params (run_uuid, key, value) VALUES ('a-run', 'alpha', '0.5')",
    )
    return uri.rpartition("/")[2]


@pytest.fixture
def old(postgres_server: PostgresServer, template: str) -> str:
    """The URI of a database that MLflow 3.14 has filled."""
    return postgres_server.new_database(template)


@pytest.fixture(scope="module")
def new(postgres_server: PostgresServer) -> str:
    """The URI of a database that was empty when it was migrated."""
    uri = postgres_server.new_database()
    migrate(uri, ROOT)
    return uri


def test_an_empty_database_gets_the_schema_and_experiment_0(new: str) -> None:
    require_migrated(new)
    assert rows(new, "SELECT experiment_id, artifact_location FROM experiments") == [
        (0, "mlflow-artifacts:/0")
    ]


def test_a_server_waits_for_the_schema_and_for_experiment_0(database: str, old: str) -> None:
    with pytest.raises(NotYet, match="the schema is at None"):
        require_migrated(database)
    with pytest.raises(NotYet, match=f"the schema is at {OF_MLFLOW_3_14}"):
        require_migrated(old)
    rows(
        database,
        "CREATE TABLE experiments (experiment_id int)",
        f"CREATE TABLE alembic_version AS SELECT '{NEWEST}' AS version_num",
    )
    with pytest.raises(NotYet, match="experiment 0"):
        require_migrated(database)


def test_what_an_older_mlflow_has_logged_is_there_afterwards(old: str) -> None:
    assert revision(old) == OF_MLFLOW_3_14
    migrate(old, ROOT)
    assert revision(old) == NEWEST
    run = MlflowClient(tracking_uri=old).get_run("a-run")
    assert run.info.artifact_uri == "mlflow-artifacts:/1/a-run"
    assert run.data.params == {"alpha": "0.5"}


def test_migrating_again_changes_nothing_though_servers_run(new: str) -> None:
    before = columns(new)
    with sqlalchemy.create_engine(new, poolclass=sqlalchemy.NullPool).connect():
        migrate(new, ROOT)
    assert columns(new) == before


def test_two_that_migrate_at_once_do_it_once(old: str) -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(migrate, old, ROOT) for _ in range(2)]:
            done.result(timeout=60)
    assert revision(old) == NEWEST


def test_a_failed_migration_changes_nothing_and_says_how_to_go_back(
    old: str, capfd: pytest.CaptureFixture[str]
) -> None:
    # The last but one of the steps from 3.14 on makes a table of this name.
    rows(old, "CREATE TABLE sql_span_cost_daily_rollups (anything int)")
    before = columns(old)
    with_password = old.replace("postgres@", "postgres:p%40ss-w0rd@")
    with pytest.raises(SystemExit) as end:
        migrate(with_password, ROOT, OLD_IMAGE)
    assert end.value.code == FAILED_FOR_GOOD
    assert columns(old) == before
    assert revision(old) == OF_MLFLOW_3_14
    told = capfd.readouterr().err
    assert f"The schema was at {OF_MLFLOW_3_14} and is at {OF_MLFLOW_3_14}." in told
    assert f"pulumi config set mlflowImage {OLD_IMAGE}" in told.splitlines()[-1]
    assert "ss-w0rd" not in told + Path("/proc/self/cmdline").read_text()


def test_a_schema_of_a_newer_mlflow_is_left_alone(
    old: str, capfd: pytest.CaptureFixture[str]
) -> None:
    rows(old, "UPDATE alembic_version SET version_num = 'of-next-year'")
    with pytest.raises(SystemExit) as end:
        migrate(old, ROOT)
    assert end.value.code == FAILED_FOR_GOOD
    assert "of-next-year, which a newer MLflow has made" in capfd.readouterr().err
    assert revision(old) == "of-next-year"


def test_nothing_is_migrated_while_a_server_is_connected(
    old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "ALONE_DEADLINE_S", 0.0)
    server = sqlalchemy.create_engine(old, connect_args={"application_name": "an-old-server"})
    with (
        server.connect(),
        pytest.raises(SystemExit, match=r"1 connections.*postgres from 127\.0\.0\.1 an-old-server"),
    ):
        migrate(old, ROOT)
    assert revision(old) == OF_MLFLOW_3_14


def test_a_server_that_has_made_the_schema_keeps_no_connection_but_its_stores(
    postgres_server: PostgresServer,
) -> None:
    """The store that MLflow makes of the same URI later goes on with that one."""
    uri = postgres_server.new_database()
    migrate(uri, ROOT)
    gc.collect()
    left = "SELECT count(*) FROM pg_stat_activity WHERE datname = split_part(:uri, '/', 4)"
    engine = sqlalchemy.create_engine(postgres_server.uri(), poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text(left), {"uri": uri}).scalar_one() == 1
