"""Another key of the stack reads what MLflow has encrypted with the one before, on Postgres."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from mlflow.entities.webhook import WebhookAction, WebhookEntity, WebhookEvent
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.dbmodels.models import SqlWebhook
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as Registry
from mlflow.store.tracking.dbmodels.models import SqlGatewaySecret
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as Tracking
from mlflow.utils.crypto import CRYPTO_KEK_PASSPHRASE_ENV_VAR, KEKManager, unwrap_dek
from sqlalchemy import create_engine, select

from mlplatform_server.keys import take_over
from mlplatform_server.migration import migrate
from tests.processes import PostgresServer

EVENT = WebhookEvent(WebhookEntity.REGISTERED_MODEL, WebhookAction.CREATED)
COLUMN = SqlWebhook.__table__.c["secret"]
FIRST, SECOND, THIRD = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture(autouse=True)
def cipher() -> Iterator[None]:
    """MLflow's own is given back."""
    before = COLUMN.type.cipher
    yield
    COLUMN.type.cipher = before


@pytest.fixture(scope="module")
def uri(postgres_server: PostgresServer) -> str:
    uri = postgres_server.new_database()
    migrate(uri, "mlflow-artifacts:/")
    return uri


def server(monkeypatch: pytest.MonkeyPatch, uri: str, key: str, previous: str = "") -> Registry:
    """What a server that starts with these keys reads webhooks with."""
    COLUMN.type.cipher = Fernet(key)
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", key)
    monkeypatch.setenv("MLPLATFORM_PREVIOUS_WEBHOOK_KEY", previous)
    monkeypatch.setenv(CRYPTO_KEK_PASSPHRASE_ENV_VAR, f"passphrase of {key}")
    monkeypatch.setenv("MLPLATFORM_PREVIOUS_PASSPHRASE", f"passphrase of {previous}")
    take_over(uri)
    # SQLAlchemy keeps the cipher that it has met first with the engine, and MLflow the engine.
    Registry._engine_map.clear()
    return Registry(uri)


def make(registry: Registry, name: str) -> str:
    made = registry.create_webhook(name, "https://1.1.1.1/", [EVENT], secret=f"secret of {name}")
    return made.webhook_id


def secrets(registry: Registry) -> dict[str, str | None]:
    return {one.name: one.secret for one in registry.list_webhooks()}


def test_webhooks_keep_their_secrets_and_the_key_before_reads_none(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = server(monkeypatch, uri, FIRST)
    make(leaving, "early")
    coming = server(monkeypatch, uri, SECOND, FIRST)
    assert secrets(coming)["early"] == "secret of early"
    with pytest.raises(MlflowException):
        leaving.list_webhooks()
    # What the one that leaves writes at the last moment is read too, and taken over next time.
    make(leaving, "late")
    assert secrets(coming) == {"early": "secret of early", "late": "secret of late"}
    both = {"early": "secret of early", "late": "secret of late"}
    assert secrets(server(monkeypatch, uri, SECOND, FIRST)) == both
    assert secrets(server(monkeypatch, uri, THIRD, SECOND)) == both


def test_keys_of_the_gateway_are_wrapped_anew(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    server(monkeypatch, uri, FIRST)
    Tracking(uri, "mlflow-artifacts:/").create_gateway_secret("openai", {"api_key": "sk-1"})

    def wrapped() -> bytes:
        with create_engine(uri).connect() as connection:
            return bytes(connection.execute(select(SqlGatewaySecret.wrapped_dek)).scalar_one())

    key = unwrap_dek(wrapped(), KEKManager(f"passphrase of {FIRST}", 1).get_kek())
    for _ in range(2):  # by two servers, or by one that was restarted
        server(monkeypatch, uri, SECOND, FIRST)
        assert unwrap_dek(wrapped(), KEKManager(f"passphrase of {SECOND}", 1).get_kek()) == key


def test_where_there_was_no_other_key_the_database_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLPLATFORM_PREVIOUS_WEBHOOK_KEY", "")
    take_over("postgresql://nobody@127.0.0.1:1/nothing")
