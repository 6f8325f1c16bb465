"""The command `database` of the Postgres image, against a real Postgres."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import sqlalchemy
from mlflow.store.db import utils as schema
from sqlalchemy import text

from images.names import ROOM
from tests.processes import PostgresPrograms, PostgresServer

COMMAND = ROOM / "postgres/database.sh"
ROLE = "owner_of_backups"


class Database:
    """A database with MLflow's schema, whose owner is not a superuser."""

    def __init__(self, programs: PostgresPrograms, server: PostgresServer, name: str) -> None:
        self.engine = sqlalchemy.create_engine(
            server.uri(name).replace("//postgres@", f"//{ROLE}@"), isolation_level="AUTOCOMMIT"
        )
        self.environment = {
            "PATH": f"{programs.bin}:{os.environ['PATH']}",
            "PGPORT": str(server.port),
            "POSTGRES_DB": name,
            "POSTGRES_USER": ROLE,
            "POSTGRES_PASSWORD": "not asked for",
        }

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["bash", COMMAND, *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            timeout=60,
            check=False,
        )

    def execute(self, statement: str) -> None:
        with self.engine.connect() as connection:
            connection.execute(text(statement))

    def experiments(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(text("SELECT name FROM experiments")).scalars())


@pytest.fixture(scope="module")
def made(
    postgres_programs: PostgresPrograms, postgres_server: PostgresServer
) -> tuple[Database, Database]:
    """Two databases with MLflow's schema; the first has an experiment."""
    root = sqlalchemy.create_engine(postgres_server.uri(), isolation_level="AUTOCOMMIT")
    with root.connect() as connection:
        connection.execute(text(f"CREATE ROLE {ROLE} LOGIN"))
        for name in ("filled", "fresh"):
            connection.execute(text(f"CREATE DATABASE {name} OWNER {ROLE}"))
    databases = []
    for name in ("filled", "fresh"):
        database = Database(postgres_programs, postgres_server, name)
        schema._initialize_tables(database.engine)
        databases.append(database)
    full, fresh = databases
    full.execute(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage)"
        " VALUES (0, 'Default', 'mlflow-artifacts:/0', 'active'),"
        " (1, 'a;b|c', 'mlflow-artifacts:/1', 'active')"
    )
    return full, fresh


def test_facts_are_versions_and_the_number_of_rows_by_table(
    made: tuple[Database, Database],
) -> None:
    facts = json.loads(made[0].run("facts").stdout)
    assert facts["postgres"].startswith("17.")
    assert facts["artifact_root"] == "mlflow-artifacts:/0"
    assert facts["rows"]["experiments"] == 2
    assert facts["rows"]["runs"] == 0
    assert facts["schema"]


def test_a_dump_comes_with_its_facts_and_is_restored_in_place_of_all_there_is(
    made: tuple[Database, Database],
) -> None:
    full, fresh = made
    dump = full.run("dump")
    assert dump.returncode == 0, dump.stderr
    assert dump.stdout.startswith(b"PGDMP")
    fresh.execute("CREATE TABLE of_another_release (id int)")
    restored = fresh.run("restore", stdin=dump.stdout)
    assert restored.returncode == 0, restored.stderr
    assert fresh.experiments() == ["Default", "a;b|c"]
    facts = json.loads(dump.stderr.splitlines()[-1])
    assert json.loads(restored.stdout.splitlines()[-1]) == facts
    assert "of_another_release" not in facts["rows"]


@pytest.mark.parametrize("part", [0.5, 0.98])
def test_a_dump_that_ends_too_early_changes_nothing(
    made: tuple[Database, Database], part: float
) -> None:
    full, fresh = made
    dump = full.run("dump").stdout
    fresh.execute("CREATE TABLE kept (id int)")
    restored = fresh.run("restore", stdin=dump[: int(len(dump) * part)])
    assert restored.returncode != 0
    facts = json.loads(fresh.run("facts").stdout)
    assert "kept" in facts["rows"]
    fresh.execute("DROP TABLE kept")


def test_a_dump_that_failed_has_no_facts(made: tuple[Database, Database], tmp_path: Path) -> None:
    full, _ = made
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho half\nexit 1\n")
    (tmp_path / "pg_dump").chmod(0o755)
    broken = dict(full.environment)
    full.environment["PATH"] = f"{tmp_path}:{broken['PATH']}"
    try:
        dump = full.run("dump")
    finally:
        full.environment = broken
    assert dump.returncode != 0
    assert b'"rows"' not in dump.stderr
    assert b"pg_dump failed" in dump.stderr


def test_users_are_restored_in_place_of_all_there_are(
    postgres_programs: PostgresPrograms,
    postgres_server: PostgresServer,
    made: tuple[Database, Database],
) -> None:
    root = sqlalchemy.create_engine(postgres_server.uri(), isolation_level="AUTOCOMMIT")
    users: list[Database] = []
    for database, name in zip(made, ("users_of_filled", "users_of_fresh"), strict=True):
        with root.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} OWNER {ROLE}"))
        database.environment["POSTGRES_AUTH_DB"] = name
        users.append(Database(postgres_programs, postgres_server, name))
        users[-1].execute("CREATE TABLE users (username text)")
    full, fresh = made
    users[0].execute("INSERT INTO users VALUES ('admin'), ('alice; --')")
    users[1].execute("INSERT INTO users VALUES ('admin'), ('nobody')")
    dump = full.run("dump-users")
    assert dump.returncode == 0, dump.stderr
    experiments = fresh.experiments()

    restored = fresh.run("restore-users", stdin=dump.stdout)
    assert restored.returncode == 0, restored.stderr
    assert names(users[1]) == ["admin", "alice; --"]
    assert fresh.experiments() == experiments


def names(users: Database) -> list[str]:
    with users.engine.connect() as connection:
        return list(connection.execute(text("SELECT username FROM users")).scalars())
