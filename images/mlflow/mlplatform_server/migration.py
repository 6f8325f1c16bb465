"""Brings the database to the schema of this MLflow, and settles where experiment 0 keeps artifacts.

Run before any server: servers that meet an empty database create the schema at the same time and
all but one of them die, and experiment 0 gets its artifact root when it is made, for good.
"""

import gc
import importlib
import logging
import os
import traceback
from functools import partial

import sqlalchemy
from sqlalchemy.exc import DBAPIError

from mlplatform_server import users
from mlplatform_server.database import connect, known_revisions, require_alone, schema_revision
from mlplatform_server.waiting import fail_for_good, required, wait_for

LOCK = 0x6D6C666C6F77
"""Postgres' advisory locks go by a number; this one is "mlflow"."""
ALONE_DEADLINE_S = 60.0


def migrate(uri: str, artifact_root: str, previous_image: str = "") -> None:
    """Upgrade the schema and make experiment 0, once, however many do so at the same time.

    Users' data is migrated by nothing but MLflow's own `mlflow db upgrade`, as long as that takes,
    while nobody else is connected. On Postgres it is one transaction: all of it, or nothing.

    Args:
        uri: the database, as SQLAlchemy takes it.
        artifact_root: where experiments made without a location keep their artifacts.
        previous_image: the image that ran before, to which a failure leads back.

    Raises:
        SystemExit: the database does not answer in time or refuses, or the migration failed.
    """
    # Imported while the database may still be starting.
    import mlflow.db
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    chosen = users.configuration()
    if chosen:
        importlib.import_module("mlflow.server.auth")

    with wait_for("The database", lambda: connect(uri)) as connection:
        # Without a time-out: whoever holds it migrates, and that may take hours.
        connection.execute(sqlalchemy.text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        before, wanted = schema_revision(connection), known_revisions()[0]
        if before is None:
            print("Creating the schema", flush=True)
        elif before not in known_revisions():
            fail_for_good(f"{_newer(before)} {_way_back(previous_image)}")
        elif before != wanted:
            alone = partial(require_alone, connection)
            wait_for("A database without other clients", alone, deadline_s=ALONE_DEADLINE_S)
            print(f"Upgrading the schema from {before}", flush=True)
            # MLflow sets it to WARNING; a line per step is all there is to follow.
            logging.getLogger("alembic").setLevel(logging.INFO)
        try:
            if before != wanted:
                # As an argument of this call, not of a process: there it could be listed.
                mlflow.db.upgrade.main([uri], prog_name="mlflow db upgrade", standalone_mode=False)
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise  # The database went away: nothing is decided, and the Job tries again.
            traceback.print_exc()
            now = schema_revision(connection)
            fail_for_good(
                f"The migration failed: {str(error).splitlines()[0]}\n"
                f"The schema was at {before} and is at {now}. {_way_back(previous_image)}"
            )
        print(f"The schema is at {schema_revision(connection)}", flush=True)
        default = SqlAlchemyStore(uri, artifact_root).get_experiment("0")
        if chosen:
            users.prepare(chosen, os.environ)
    print(f"Experiment 0 keeps its artifacts at {default.artifact_location}", flush=True)
    if not default.artifact_location.startswith(artifact_root):
        print(f"and not at {artifact_root}: MLflow cannot move an experiment", flush=True)


def _newer(revision: str) -> str:
    return (
        f"The schema is at {revision}, which a newer MLflow has made and this one cannot read. "
        "Run that one, or restore a backup of before into a new stack."
    )


def _way_back(previous_image: str) -> str:
    if not previous_image:
        return ""
    return f"To go back: pulumi config set mlflowImage {previous_image}, then make up."


if __name__ == "__main__":
    # Nothing here becomes garbage worth looking for.
    gc.disable()
    migrate(
        required("MLFLOW_BACKEND_STORE_URI"),
        required("MLPLATFORM_ARTIFACT_ROOT"),
        os.environ.get("MLPLATFORM_PREVIOUS_IMAGE", ""),
    )
