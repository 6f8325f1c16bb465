"""Remove for good what MLflow only marks as deleted."""

from __future__ import annotations

from collections.abc import Sequence

from smoke_tests.database import query
from smoke_tests.namespace import Namespace

PURGE_TIMEOUT_S = 60

# Run inside MLflow's pod, which has the database and the store. The URI with its password is
# taken from the environment there, so that it is in no process's arguments.
_SCRIPT = """
import os, sys
os.environ["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:5000"
from mlflow.cli import cli
cli(["gc", "--backend-store-uri", os.environ["MLFLOW_BACKEND_STORE_URI"], *sys.argv[1:]])
"""


def purge(
    namespace: Namespace,
    *,
    experiment_ids: Sequence[str],
    run_ids: Sequence[str],
    model_ids: Sequence[str],
) -> None:
    """Remove deleted experiments, runs and logged models, their artifacts included.

    Args:
        namespace: The stack's namespace.
        experiment_ids: Experiments in the stage `deleted`.
        run_ids: All of their runs.
        model_ids: All of their logged models.

    Raises:
        ValueError: A list is empty. `mlflow gc` takes that for "everything that anybody has
            deleted", and would make the stack's users lose what they may still want back.
    """
    lists = {
        "--experiment-ids": experiment_ids,
        "--run-ids": run_ids,
        "--logged-model-ids": model_ids,
    }
    for option, ids in lists.items():
        if not ids:
            raise ValueError(f"{option} is empty, which `mlflow gc` takes for everything")
    arguments = [f"{option}={','.join(ids)}" for option, ids in lists.items()]
    namespace.execute(
        "deployment/mlflow-server",
        ["python", "-", *arguments],
        stdin=_SCRIPT,
        timeout_s=PURGE_TIMEOUT_S,
    )
    # MLflow 3.17.2 forgets the rows that link a run to the models it logged.
    query(
        namespace,
        "delete from inputs where source_id = any(string_to_array(:'run_ids', ','))",
        run_ids=",".join(run_ids),
    )
