"""Brings the database to the schema of this MLflow, and settles where experiment 0 keeps artifacts.

Run before any server: servers that meet an empty database create the schema at the same time and
all but one of them die, and experiment 0 gets its artifact root when it is made, for good.
"""

import gc
import sys

import sqlalchemy

from mlplatform_server.database import connect
from mlplatform_server.waiting import required, wait_for

LOCK = 0x6D6C666C6F77
"""Postgres' advisory locks go by a number; this one is "mlflow"."""
LOCK_TIMEOUT = "300s"


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
    import mlflow.store.db.utils as schema
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with wait_for("The database", lambda: connect(uri)) as connection:
        connection.execute(sqlalchemy.text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(sqlalchemy.text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        engine = connection.engine
        if schema._is_empty_database(engine):
            print("Creating the schema", flush=True)
            schema._initialize_tables(engine)
        else:
            print(f"Upgrading the schema from {schema._get_schema_version(engine)}", flush=True)
            schema._upgrade_db(engine)
        print(f"The schema is at {schema._get_schema_version(engine)}", flush=True)
        default = SqlAlchemyStore(uri, artifact_root).get_experiment("0")
    print(f"Experiment 0 keeps its artifacts at {default.artifact_location}", flush=True)
    if not default.artifact_location.startswith(artifact_root):
        print(f"and not at {artifact_root}: MLflow cannot move an experiment", flush=True)


if __name__ == "__main__":
    migrate(required("MLFLOW_BACKEND_STORE_URI"), required("MLPLATFORM_ARTIFACT_ROOT"))
