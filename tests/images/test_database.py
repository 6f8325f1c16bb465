import socket

import psycopg2
import pytest

from mlplatform_server import database
from mlplatform_server.waiting import NotYet, Refused

PREFIX = 'connection to server at "postgres" (10.96.0.7), port 5432 failed: '
URI = "postgresql+psycopg2://mlflow:secret@127.0.0.1:1/mlflow"


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the database answers to a connection; the test fills it in."""
    answers: list[str] = []

    def connect(*_arguments: object, **_options: object) -> None:
        raise psycopg2.OperationalError(answers[0])

    monkeypatch.setattr(psycopg2, "connect", connect)
    return answers


@pytest.mark.parametrize(
    "refusal",
    [
        'FATAL:  password authentication failed for user "mlflow"',
        'FATAL:  database "mlflow" does not exist',
        'FATAL:  no pg_hba.conf entry for host "10.244.0.9", user "mlflow"',
    ],
)
def test_a_refusal_is_told_from_what_passes_by_itself(answer: list[str], refusal: str) -> None:
    answer.append(PREFIX + refusal)
    with pytest.raises(Refused) as end:
        database.connect(URI)
    assert refusal in str(end.value)
    assert "secret" not in str(end.value)


@pytest.mark.parametrize(
    "reason",
    [
        PREFIX + "Connection refused\n\tIs the server running on that host?",
        'could not translate host name "postgres" to address: Name or service not known',
        PREFIX + "FATAL:  the database system is starting up",
        PREFIX + "FATAL:  the database system is not yet accepting connections",
        PREFIX + "FATAL:  sorry, too many clients already",
    ],
)
def test_what_passes_by_itself_is_waited_for(answer: list[str], reason: str) -> None:
    answer.append(reason)
    with pytest.raises(NotYet) as waiting:
        database.connect(URI)
    assert not isinstance(waiting.value, Refused)


def test_a_database_that_is_not_there_yet_is_waited_for() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(NotYet, match="Connection refused"):
            database.connect(f"postgresql+psycopg2://mlflow:secret@127.0.0.1:{port}/mlflow")
