"""Brings the database to the schema of this MLflow, and settles where experiment 0 keeps artifacts.

Run before any server: servers that meet an empty database create the schema at the same time and
all but one of them die, and experiment 0 gets its artifact root when it is made, for good.
"""

import gc
import sys

import sqlalchemy
from sqlalchemy.exc import OperationalError

from mlplatform_server.waiting import NotYet, required, wait_for

LOCK = 0x6D6C666C6F77
"""Postgres' advisory locks go by a number; this one is "mlflow"."""
LOCK_TIMEOUT = "300s"
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


def migrate(uri: str, artifact_root: str) -> None:
    """Upgrade the schema and make experiment 0, once, however many do so at the same time.

    Args:
        uri: the database, as SQLAlchemy takes it.
        artifact_root: where experiments made without a location keep their artifacts.

    Raises:
        SystemExit: the database does not answer in time or refuses.
    """
    # Ready a third sooner: MLflow imports these where it finds them, and the schema needs neither;
    # and nothing here becomes garbage worth looking for.
    gc.disable()
    for name in ("numpy", "pandas"):
        sys.modules[name] = None  # type: ignore[assignment]
    import mlflow.store.db.utils as database
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with wait_for("The database", lambda: connect(uri)) as connection:
        connection.execute(sqlalchemy.text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(sqlalchemy.text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        engine = connection.engine
        if database._is_empty_database(engine):
            print("Creating the schema", flush=True)
            database._initialize_tables(engine)
        else:
            print(f"Upgrading the schema from {database._get_schema_version(engine)}", flush=True)
            database._upgrade_db(engine)
        print(f"The schema is at {database._get_schema_version(engine)}", flush=True)
        default = SqlAlchemyStore(uri, artifact_root).get_experiment("0")
    print(f"Experiment 0 keeps its artifacts at {default.artifact_location}", flush=True)
    if not default.artifact_location.startswith(artifact_root):
        print(f"and not at {artifact_root}: MLflow cannot move an experiment", flush=True)


if __name__ == "__main__":
    migrate(required("MLFLOW_BACKEND_STORE_URI"), required("MLPLATFORM_ARTIFACT_ROOT"))
