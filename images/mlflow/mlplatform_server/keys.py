"""Lets a server with another key read what MLflow has encrypted with the one before.

MLflow knows one key at a time: where it cannot decrypt the secret of a webhook, it answers every
list of webhooks with 500, and its own command for the gateway's keys wants all servers stopped.
"""

import os
from collections.abc import Callable

import sqlalchemy
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from mlplatform_server.database import connect


def take_over(uri: str) -> None:
    """Encrypt anew what is encrypted with the keys of before, where the environment names some.

    Servers may do so at the same time, and again. One that still has the key of before, and is
    about to leave, cannot read it from then on; what it writes meanwhile this one can read.

    Args:
        uri: the database, as SQLAlchemy takes it.
    """
    before = os.environ.get("MLPLATFORM_PREVIOUS_WEBHOOK_KEY")
    if not before:
        return
    now = os.environ["MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"]
    with connect(uri) as connection:
        _encrypt_anew(connection, "webhooks", "webhook_id", "secret", _fernet(now, before))
        passphrases = (
            os.environ["MLFLOW_CRYPTO_KEK_PASSPHRASE"],
            os.environ["MLPLATFORM_PREVIOUS_PASSPHRASE"],
        )
        _encrypt_anew(connection, "secrets", "secret_id", "wrapped_dek", _envelope(*passphrases))
    _read_both(now, before)


def _encrypt_anew(
    connection: sqlalchemy.Connection,
    table: str,
    identifier: str,
    column: str,
    anew: Callable[..., str | bytes | None],
) -> None:
    """Replace every value that `anew` has another for, unless somebody did so meanwhile."""
    rows = sqlalchemy.table(table, *map(sqlalchemy.column, (identifier, column)))
    key, value = rows.c[identifier], rows.c[column]
    for name, old in connection.execute(sqlalchemy.select(key, value).where(value.is_not(None))):
        new = anew(old)
        if new is not None:
            change = sqlalchemy.update(rows).where(key == name, value == old).values({column: new})
            connection.execute(change)


def _fernet(now: str, before: str) -> Callable[[str], str | None]:
    """Encrypt a text of a webhook anew; None where it is so already, or neither key's."""

    def anew(encrypted: str) -> str | None:
        try:
            plain = Fernet(before).decrypt(encrypted)
        except InvalidToken:
            return None
        return Fernet(now).encrypt(plain).decode()

    return anew


def _envelope(now: str, before: str) -> Callable[[bytes], bytes | None]:
    """Wrap a key of the gateway anew; None where it is so already, or neither passphrase's."""

    def anew(wrapped: bytes) -> bytes | None:
        from mlflow.exceptions import MlflowException
        from mlflow.utils.crypto import KEKManager, rotate_secret_encryption

        managers = (KEKManager(passphrase=one, kek_version=1) for one in (before, now))
        try:
            return rotate_secret_encryption(b"", bytes(wrapped), *managers).wrapped_dek
        except MlflowException:
            return None

    return anew


def _read_both(now: str, before: str) -> None:
    """Let MLflow in this process write with the one key, and read with both."""
    from mlflow.store.model_registry.dbmodels.models import SqlWebhook

    column = SqlWebhook.__table__.c["secret"].type
    column.cipher = MultiFernet([Fernet(now), Fernet(before)])
