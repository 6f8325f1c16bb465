"""The entrypoint of the Postgres image, run as it is, with Postgres' own programs."""

import contextlib
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import pytest

from images.names import ROOM
from smoke_tests.wait import wait_until
from tests.processes import PostgresPrograms, unused_port

START_TIMEOUT_S = 30


@dataclass
class Container:
    """What the image gives the script: a volume, Postgres on PATH, and its configuration."""

    programs: PostgresPrograms
    home: Path
    port: int = field(default_factory=unused_port)
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.home / "log"

    @contextlib.contextmanager
    def run(self, password: str, *options: str) -> Iterator[subprocess.Popen[str]]:
        environment = {
            "PATH": f"{self.programs.bin}:{os.environ['PATH']}",
            "PGDATA": str(self.home / "pgdata"),
            "PGTEMPLATE": str(self.programs.home / "template"),
            "POSTGRES_DB": "mlflow",
            "POSTGRES_USER": "mlflow",
            "POSTGRES_PASSWORD": password,
            **self.variables,
        }
        script = (ROOM / "postgres/entrypoint.sh").read_text()
        config = f"-c config_file={self.home}/postgresql.conf"
        script = script.replace("-c config_file=/etc/postgresql/postgresql.conf", config)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                ["bash", "-c", script, "entrypoint", *options],
                env=environment,
                cwd=self.home,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
                **self.programs.identity,
            )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            wait_until(
                lambda: not _running(self.home), timeout_s=10, describe="all of Postgres is gone"
            )

    @property
    def server(self) -> int:
        """The process id of Postgres."""
        return int((self.home / "pgdata/postmaster.pid").read_text().splitlines()[0])

    def query(
        self, password: str, statement: str, user: str = "mlflow"
    ) -> list[tuple[object, ...]]:
        """Run one statement as MLflow would: by TCP, with a password."""
        with contextlib.closing(
            psycopg2.connect(
                host="127.0.0.1",
                port=self.port,
                user=user,
                password=password,
                dbname="mlflow",
                connect_timeout=2,
            )
        ) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    def wait_for_answer(
        self, password: str, statement: str = "SELECT 1"
    ) -> list[tuple[object, ...]]:
        return wait_until(
            lambda: self.query(password, statement),
            timeout_s=START_TIMEOUT_S,
            describe=f"Postgres answers; its log is {self.log}",
        )


def _running(home: Path) -> bool:
    """Whether a process still holds the volume's lock."""
    lock = home / "pgdata.lock"
    return lock.exists() and bool(
        subprocess.run(["flock", "--nonblock", lock, "true"], check=False).returncode
    )


@pytest.fixture(scope="module")
def template(postgres_programs: PostgresPrograms) -> None:
    """What the image has been given when it was made."""
    script = (ROOM / "postgres/template.sh").read_text()
    subprocess.run(
        ["bash", "-c", script, "template", postgres_programs.home / "template"],
        env={"PATH": f"{postgres_programs.bin}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        timeout=START_TIMEOUT_S,
        **postgres_programs.identity,
    )


@pytest.fixture
def container(postgres_programs: PostgresPrograms, template: None) -> Container:  # noqa: ARG001
    home = postgres_programs.home / secrets.token_hex(4)
    home.mkdir()
    container = Container(postgres_programs, home)
    hba = (ROOM / "postgres/pg_hba.conf").read_text()
    (home / "pg_hba.conf").write_text(hba)
    config = (ROOM / "postgres/postgresql.conf").read_text()
    config = config.replace("/etc/postgresql", str(home)).replace("'/tmp'", f"'{home}'")
    (home / "postgresql.conf").write_text(f"{config}\nport = {container.port}\nfsync = off\n")
    owner = postgres_programs.home.stat()
    os.chown(home, owner.st_uid, owner.st_gid)
    return container


def test_the_database_is_made_and_found_again_with_the_password_of_the_day(
    container: Container,
) -> None:
    with container.run('it\'s 1 "secret"'):
        container.wait_for_answer('it\'s 1 "secret"')
        container.query('it\'s 1 "secret"', "CREATE TABLE kept AS SELECT 1")
    with container.run("another"):
        assert container.wait_for_answer("another", "SELECT * FROM kept") == [(1,)]
        with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
            container.query('it\'s 1 "secret"', "SELECT 1")
    assert "secret" not in container.log.read_text()


def test_the_superuser_comes_in_by_no_network_whatever_the_password(container: Container) -> None:
    with container.run("password"):
        container.wait_for_answer("password")
        with pytest.raises(psycopg2.OperationalError, match=r"pg_hba\.conf rejects"):
            container.query("password", "SELECT 1", user="postgres")
        stored = "SELECT current_setting('password_encryption')"
        assert container.query("password", stored) == [("scram-sha-256",)]


@pytest.mark.parametrize("file", sorted((ROOM / "postgres").glob("pg_hba*.conf")), ids=str)
def test_whoever_comes_by_the_network_is_asked_by_scram(file: Path) -> None:
    lines = [line.split() for line in file.read_text().splitlines() if line[0] != "#"]
    by_network = [line for line in lines if line[0] != "local"]
    assert by_network[0] == ["host", "all", "postgres", "all", "reject"]
    assert {line[-1] for line in by_network[1:]} == {"scram-sha-256"}
    assert [line[1:3] + line[-1:] for line in lines if line[0] == "local"] == [
        ["all", "postgres", "peer"]
    ]


def test_its_arguments_are_options_of_postgres(container: Container) -> None:
    with container.run("secret", "-c", "max_connections=33"):
        assert container.wait_for_answer("secret", "SHOW max_connections") == [("33",)]


def test_a_killed_server_is_started_again_in_the_same_container(container: Container) -> None:
    with container.run("secret") as entrypoint:
        container.wait_for_answer("secret")
        container.query("secret", "CREATE TABLE kept (n serial)")
        for number in range(3):
            container.query("secret", "INSERT INTO kept DEFAULT VALUES")
            os.kill(container.server, signal.SIGKILL)
            found = container.wait_for_answer("secret", "SELECT count(*) FROM kept")
            assert found == [(number + 1,)]
        assert entrypoint.poll() is None


def test_a_server_that_cannot_start_ends_the_container(container: Container) -> None:
    with container.run("secret"):
        container.wait_for_answer("secret")
    with container.run("secret", "-c", "port=1") as entrypoint:  # for root alone
        assert entrypoint.wait(timeout=START_TIMEOUT_S) != 0
    assert container.log.read_text().count("could not bind") > 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_a_fast_shutdown(container: Container, number: signal.Signals) -> None:
    with container.run("secret") as entrypoint:
        container.wait_for_answer("secret")
        with psycopg2.connect(  # a client that stays
            host="127.0.0.1", port=container.port, user="mlflow", password="secret", dbname="mlflow"
        ):
            entrypoint.send_signal(number)
            assert entrypoint.wait(timeout=10) == 0
    assert "received fast shutdown request" in container.log.read_text()
    assert "database system is shut down" in container.log.read_text()


def test_a_killed_container_leaves_a_database_that_recovers(container: Container) -> None:
    with container.run("secret"):
        container.wait_for_answer("secret")
        container.query("secret", "CREATE TABLE kept AS SELECT generate_series(1, 10000)")
    with container.run("secret"):
        assert container.wait_for_answer("secret", "SELECT count(*) FROM kept") == [(10000,)]
    assert "automatic recovery in progress" in container.log.read_text()


def test_a_second_container_waits_until_the_first_has_left_the_volume(container: Container) -> None:
    with container.run("secret") as first:
        container.wait_for_answer("secret")
        first_server = container.server
        with container.run("secret") as second:
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(timeout=1)
            assert container.server == first_server
            first.send_signal(signal.SIGINT)
            first.wait(timeout=10)
            container.wait_for_answer("secret")
            assert container.server != first_server


def test_data_of_another_major_version_is_refused_untouched(container: Container) -> None:
    with container.run("secret"):
        container.wait_for_answer("secret")
    data = container.home / "pgdata"
    version = data / "PG_VERSION"
    made_by = version.read_text()
    version.write_text("14\n")
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    with container.run("secret") as entrypoint:
        assert entrypoint.wait(timeout=START_TIMEOUT_S) != 0
    assert "The data is that of Postgres 14" in container.log.read_text()
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before
    version.write_text(made_by)
    with container.run("another"):
        container.wait_for_answer("another")


DATABASES = """
SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname LIKE 'mlflow%' ORDER BY 1
"""


def test_users_have_a_database_of_their_own_from_the_first_start_on(container: Container) -> None:
    container.variables["POSTGRES_AUTH_DB"] = "mlflow_auth"
    with container.run("first"):
        found = container.wait_for_answer("first", DATABASES)
    assert found == [("mlflow", "mlflow"), ("mlflow_auth", "mlflow")]


def test_a_stack_that_has_data_gets_the_database_of_users_and_keeps_it(
    container: Container,
) -> None:
    with container.run("first"):
        assert container.wait_for_answer("first", DATABASES) == [("mlflow", "mlflow")]
        container.query("first", "CREATE TABLE runs (id int)")
    container.variables["POSTGRES_AUTH_DB"] = "mlflow_auth"
    for _ in range(2):
        with container.run("first"):
            found = container.wait_for_answer("first", DATABASES)
            assert found == [("mlflow", "mlflow"), ("mlflow_auth", "mlflow")]
            assert container.query("first", "SELECT count(*) FROM runs") == [(0,)]


def test_who_reads_the_numbers_reads_no_data_and_goes_with_monitoring(container: Container) -> None:
    container.variables["POSTGRES_MONITOR_PASSWORD"] = "of the 'monitor'"
    with container.run("secret"):
        container.wait_for_answer("secret")
        container.query("secret", "CREATE TABLE kept AS SELECT 1")
        watched = "SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
        assert container.query("of the 'monitor'", watched, "monitor") == [(True,)]
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            container.query("of the 'monitor'", "SELECT * FROM kept", "monitor")
    container.variables["POSTGRES_MONITOR_PASSWORD"] = "another"
    with container.run("secret"):
        container.wait_for_answer("secret")
        assert container.query("another", "SELECT 1", "monitor") == [(1,)]
    del container.variables["POSTGRES_MONITOR_PASSWORD"]
    with container.run("secret"):
        container.wait_for_answer("secret")
        roles = "SELECT count(*) FROM pg_roles WHERE rolname = 'monitor'"
        assert container.query("secret", roles) == [(0,)]
    assert "of the" not in container.log.read_text()
