"""The database, which may still be on its way: started, or migrated, at this very moment."""

import functools
from pathlib import Path

import sqlalchemy
from sqlalchemy.exc import OperationalError

from mlplatform_server.waiting import NotYet, Refused

NOT_YET = ("the database system is", "too many clients", "remaining connection slots")
"""Refusals that pass by themselves: it is starting up, shutting down, recovering, or full."""
PREPARING = "mlplatform-preparing"
"""How Postgres lists the connections made here: they wait for a migration, or for its lock."""


def connect(uri: str) -> sqlalchemy.Connection:
    """Connect to the database once.

    Args:
        uri: the database, as SQLAlchemy takes it.

    Raises:
        NotYet: nothing listens there yet, or it says that it is not ready.
        Refused: it does not take the password, the role, the database.
    """
    engine = sqlalchemy.create_engine(
        uri,
        connect_args={"connect_timeout": 2, "application_name": PREPARING},
        # A pool would keep what was closed, and the lock of a migration with it.
        poolclass=sqlalchemy.NullPool,
    )
    try:
        return engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except OperationalError as error:
        reason = str(error.orig).strip()
        # libpq gives no SQLSTATE for a refused connection, but a server that answers says FATAL.
        if "FATAL:" in reason and not any(passing in reason for passing in NOT_YET):
            raise Refused(reason) from error
        raise NotYet(reason) from error


def schema_revision(
    connection: sqlalchemy.Connection, table: str = "alembic_version"
) -> str | None:
    """Return the revision that the schema is at; None for a database without a schema.

    Args:
        connection: to the database.
        table: where the schema's revision is kept.
    """
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"version_table": table})
    return context.get_current_revision()


@functools.cache
def known_revisions(scripts: str = "store/db_migrations") -> list[str]:
    """Return the revisions of a schema that this MLflow knows; the first is its own.

    Args:
        scripts: where MLflow's package has the migrations.
    """
    import mlflow
    from alembic.script import ScriptDirectory

    directory = ScriptDirectory(f"{Path(mlflow.__file__).parent}/{scripts}")
    return [script.revision for script in directory.walk_revisions()]


def require_migrated(uri: str) -> None:
    """Ask once whether the migration Job has done its work.

    Args:
        uri: the database, as SQLAlchemy takes it.

    Raises:
        NotYet: the database, its schema or experiment 0 are not there yet.
        Refused: the database does not take the password, the role, the database.
    """
    wanted = known_revisions()[0]
    with connect(uri) as connection:
        found = schema_revision(connection)
        if found != wanted:
            raise NotYet(f"the schema is at {found}, and the migration to {wanted} has not ended")
        experiment = "SELECT 1 FROM experiments WHERE experiment_id = 0"
        if connection.execute(sqlalchemy.text(experiment)).first() is None:
            raise NotYet("experiment 0 is not made yet")


def require_alone(connection: sqlalchemy.Connection) -> None:
    """Ask once whether nobody works with the database but who waits for its migration.

    Raises:
        NotYet: somebody does; names them.
    """
    # One row per connection of a client, this one's and those that replicate left out.
    others = connection.execute(
        sqlalchemy.text(
            "SELECT usename, coalesce(host(client_addr), 'its own host'), application_name"
            " FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND application_name <> :preparing"
        ),
        {"preparing": PREPARING},
    ).all()
    if others:
        shown = {
            f"{user} from {address} {application}".strip() for user, address, application in others
        }
        raise NotYet(f"{len(others)} connections are open: {', '.join(sorted(shown))}")
