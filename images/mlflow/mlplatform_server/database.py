"""The database, which may still be on its way: started, or migrated, at this very moment."""

import sys

import sqlalchemy
from sqlalchemy.exc import OperationalError

from mlplatform_server.waiting import NotYet

NOT_YET = ("the database system is", "too many clients", "remaining connection slots")
"""Refusals that pass by themselves: it is starting up, shutting down, recovering, or full."""


def connect(uri: str) -> sqlalchemy.Connection:
    """Connect to the database once.

    Args:
        uri: the database, as SQLAlchemy takes it.

    Raises:
        NotYet: nothing listens there yet, or it says that it is not ready.
        SystemExit: it refuses for good: the password, the role, the database.
    """
    engine = sqlalchemy.create_engine(uri, connect_args={"connect_timeout": 2})
    try:
        return engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except OperationalError as error:
        reason = str(error.orig).strip()
        # libpq gives no SQLSTATE for a refused connection, but a server that answers says FATAL.
        if "FATAL:" in reason and not any(passing in reason for passing in NOT_YET):
            sys.exit(f"The database refuses: {reason}")
        raise NotYet(reason) from error


def require_migrated(uri: str) -> None:
    """Ask once whether the migration Job has done its work.

    Args:
        uri: the database, as SQLAlchemy takes it.

    Raises:
        NotYet: the database, its schema or experiment 0 are not there yet.
        SystemExit: the database refuses for good.
    """
    import mlflow.store.db.utils as schema

    with connect(uri) as connection:
        found = schema._get_schema_version(connection.engine)
        wanted = schema._get_latest_schema_revision()
        if found != wanted:
            raise NotYet(f"the schema is at {found}, and the migration to {wanted} has not ended")
        experiment = "SELECT 1 FROM experiments WHERE experiment_id = 0"
        if connection.execute(sqlalchemy.text(experiment)).first() is None:
            raise NotYet("experiment 0 is not made yet")
