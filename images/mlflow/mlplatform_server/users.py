"""The database of MLflow's users and of what they may do, which is not that of its runs.

MLflow's server would bring its schema up to date and make the administrator by itself, every
process of every pod at the same time; here the migration Job does both, once.
"""

import configparser
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import sqlalchemy

from mlplatform_server.database import connect, known_revisions, schema_revision
from mlplatform_server.waiting import NotYet, wait_for

_REVISION = "alembic_version_auth"
_MIGRATIONS = "server/auth/db/migrations"


def configuration() -> Mapping[str, str]:
    """Return what MLflow's own file says of basic auth; nothing where nobody logs in."""
    path = os.environ.get("MLFLOW_AUTH_CONFIG_PATH")
    if not path:
        return {}
    parser = configparser.ConfigParser()
    parser.read_string(Path(path).read_text())
    return parser["mlflow"]


def prepare(chosen: Mapping[str, str], password: str) -> None:
    """Bring the schema up to date and let the administrator have a password.

    Whoever calls this holds the lock of migrations. Other users are left alone.

    Args:
        chosen: the configuration.
        password: the administrator's.

    Raises:
        SystemExit: the database does not answer in time, or refuses.
    """
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    uri, name = chosen["database_uri"], chosen["admin_username"]
    wait_for("The database of users", partial(connect, uri)).close()
    store = SqlAlchemyStore()
    store.init_db(uri)
    if not store.has_user(name):
        store.create_user(name, password, is_admin=True)
        print(f"User {name} is made", flush=True)
    elif not store.authenticate_user(name, password):
        store.update_user(name, password=password, is_admin=True)
        print(f"User {name} has another password", flush=True)


def require_prepared(uri: str) -> None:
    """Ask once whether the migration Job has done its work here too.

    Args:
        uri: the database, as SQLAlchemy takes it.

    Raises:
        NotYet: the database, its schema or its administrator are not there yet.
        Refused: the database does not take the password, the role, the database.
    """
    wanted = known_revisions(_MIGRATIONS)[0]
    with connect(uri) as connection:
        found = schema_revision(connection, _REVISION)
        if found != wanted:
            raise NotYet(f"the users' schema is at {found}, and the migration has not ended")
        admin = "SELECT 1 FROM users WHERE is_admin"
        if connection.execute(sqlalchemy.text(admin)).first() is None:
            raise NotYet("the administrator is not made yet")
