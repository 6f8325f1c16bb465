from pathlib import Path

import mlflow.store.db.utils as schema
import pytest
import sqlalchemy
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from mlplatform_server import database
from mlplatform_server.waiting import NotYet


@pytest.fixture
def uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database; SQLite takes no time to connect, so it knows no timeout."""
    address = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setattr(
        database, "connect", lambda asked: sqlalchemy.create_engine(asked).connect()
    )
    return address


def test_an_empty_database_is_waited_for(uri: str) -> None:
    with pytest.raises(NotYet, match="the schema is at None"):
        database.require_migrated(uri)


def test_a_schema_without_experiment_0_is_waited_for(uri: str) -> None:
    schema._initialize_tables(sqlalchemy.create_engine(uri))
    with pytest.raises(NotYet, match="experiment 0"):
        database.require_migrated(uri)


def test_what_the_migration_job_leaves_is_ready(uri: str, tmp_path: Path) -> None:
    SqlAlchemyStore(uri, str(tmp_path))
    database.require_migrated(uri)


def test_the_schema_of_another_version_is_waited_for(uri: str, tmp_path: Path) -> None:
    SqlAlchemyStore(uri, str(tmp_path))
    with sqlalchemy.create_engine(uri).begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = 'older'"))
    with pytest.raises(NotYet, match="older"):
        database.require_migrated(uri)
