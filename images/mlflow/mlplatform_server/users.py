"""The database of MLflow's users and of what they may do, which is not that of its runs.

MLflow's server would bring its schema up to date and make the administrator by itself, every
process of every pod at the same time; here the migration Job does both, once.
"""

import configparser
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy

from mlplatform_server.database import connect, known_revisions, schema_revision
from mlplatform_server.waiting import NotYet, wait_for

if TYPE_CHECKING:
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

MACHINES: Mapping[str, Mapping[str, str]] = {
    "mlplatform-model-reader": {"experiment": "READ", "registered_model": "READ"},
    # Nothing less lets it tag a version with what became of it.
    "mlplatform-promoter": {"registered_model": "EDIT"},
}
"""Programs of the stack, and what each may do with whatever others make."""
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


def prepare(chosen: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Bring the schema up to date, and have the administrator and the stack's own programs.

    Whoever calls this holds the lock of migrations. Other users are left alone.

    Args:
        chosen: the configuration.
        environment: holds the administrator's password, and that of each program that the stack
            has; the others are no users, or no longer.

    Raises:
        SystemExit: the database does not answer in time, or refuses.
    """
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    uri = chosen["database_uri"]
    wait_for("The database of users", partial(connect, uri)).close()
    store = SqlAlchemyStore()
    store.init_db(uri)
    admin = chosen["admin_username"]
    _have(store, admin, environment[password_variable(admin)], is_admin=True)
    for name, permissions in MACHINES.items():
        password = environment.get(password_variable(name))
        if password is not None:
            _have(store, name, password, is_admin=False)
            for kind, permission in permissions.items():
                store.grant_user_permission(name, kind, "*", permission)
        elif store.has_user(name):
            store.delete_user(name)
            print(f"User {name} is gone", flush=True)


def password_variable(name: str) -> str:
    """Return the environment variable that holds a user's password."""
    return f"MLPLATFORM_PASSWORD_{name.upper().replace('-', '_')}"


def _have(store: "SqlAlchemyStore", name: str, password: str, *, is_admin: bool) -> None:
    if not store.has_user(name):
        store.create_user(name, password, is_admin=is_admin)
        print(f"User {name} is made", flush=True)
    elif not store.authenticate_user(name, password):
        store.update_user(name, password=password, is_admin=is_admin)
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
