"""Servers that tests of every room may ask for; one of each for the whole run."""

import asyncio
from collections.abc import Iterator

import pytest

from tests import processes
from tests.processes import MinioServer, PostgresPrograms, PostgresServer


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """Pulumi takes the thread's own, and `asyncio.run` of an earlier test leaves none."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()


@pytest.fixture(scope="session")
def postgres_programs() -> Iterator[PostgresPrograms]:
    with processes.postgres_programs() as programs:
        yield programs


@pytest.fixture(scope="session")
def postgres_server(postgres_programs: PostgresPrograms) -> Iterator[PostgresServer]:
    with processes.postgres_server(postgres_programs) as server:
        yield server


@pytest.fixture
def database(postgres_server: PostgresServer) -> str:
    """The URI of an empty database of the test's own."""
    return postgres_server.new_database()


@pytest.fixture(scope="session")
def minio_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MinioServer]:
    """A MinIO; buckets and users of one test are there for the next."""
    program = processes.minio_program()
    if program is None:
        pytest.skip("MinIO is not built: make images")
    with processes.minio_server(program, tmp_path_factory.mktemp("minio")) as server:
        yield server
