"""Experiments and runs, each made once."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mlflow.entities import LifecycleStage, RunStatus
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_SOURCE_NAME

from seed.batches import batches
from seed.counts import Counts, of_run
from seed.plan import Run
from seed.projects import Project

KEY_TAG = "seed.key"
"""On every run and model version; by it the next seed knows what is there."""
NOTE_TAG = "mlflow.note.content"
"""Where MLflow's pages keep descriptions of runs and experiments; its client has no name for it."""
TABLE_FILE = "trials.json"


def ensure_experiment(client: MlflowClient, project: Project) -> tuple[str, Counts]:
    """Make a project's experiment, or bring it back if somebody deleted it.

    Returns:
        Its id, and what was made.
    """
    found = client.get_experiment_by_name(project.name)
    if found is None:
        tags = {
            NOTE_TAG: project.description,
            "team": project.team,
            "task": project.task,
        }
        return client.create_experiment(project.name, tags=tags), Counts(experiments=1)
    if found.lifecycle_stage == LifecycleStage.DELETED:
        client.restore_experiment(found.experiment_id)
    return found.experiment_id, Counts()


class Runs:
    """The runs of one experiment."""

    def __init__(self, client: MlflowClient, experiment_id: str, project: Project) -> None:
        """Look up which runs are there."""
        self._client = client
        self._experiment_id = experiment_id
        self._project = project
        self._ids: dict[str, str] = {}
        self._ended: set[str] = set()
        page = None
        while page is None or page.token:
            page = client.search_runs(
                [experiment_id],
                filter_string=f"tags.`{KEY_TAG}` LIKE '%'",
                page_token=page.token if page else None,
            )
            for found in page:
                key = found.data.tags[KEY_TAG]
                self._ids[key] = found.info.run_id
                if RunStatus.is_terminated(RunStatus.from_string(found.info.status)):
                    self._ended.add(key)

    def id_of(self, run: Run) -> str:
        """The server's identifier of a run that was begun."""
        return self._ids[run.key]

    def begin(self, run: Run, parent_id: str | None = None) -> str:
        """Make a run unless it is there; return the server's identifier."""
        if run.key not in self._ids:
            tags = {KEY_TAG: run.key, "team": self._project.team, MLFLOW_SOURCE_NAME: "train.py"}
            if parent_id:
                tags[MLFLOW_PARENT_RUN_ID] = parent_id
            if run.description:
                tags[NOTE_TAG] = run.description
            made = self._client.create_run(
                self._experiment_id, start_time=run.started_ms, tags=tags, run_name=run.name
            )
            self._ids[run.key] = made.info.run_id
        return self._ids[run.key]

    def ensure(self, run: Run, parent_id: str | None = None) -> Counts:
        """Make a run with all it holds, unless it has ended; return what was made.

        A run that was left half-way is logged again from its beginning: params and metrics that
        are there already stay single, and files are replaced.
        """
        if run.key in self._ended:
            return Counts()
        run_id = self.begin(run, parent_id)
        for batch in batches(run):
            self._client.log_batch(run_id, metrics=batch.metrics, params=batch.params)
        with tempfile.TemporaryDirectory() as directory:
            for name, content in run.files.items():
                Path(directory, name).write_bytes(content)
            self._client.log_artifacts(run_id, directory)
        # A table that is logged twice would hold every row twice.
        if run.table and not self._has_table(run_id):
            self._client.log_table(run_id, dict(run.table), TABLE_FILE)
        status = RunStatus.FAILED if run.failed else RunStatus.FINISHED
        self._client.set_terminated(run_id, RunStatus.to_string(status), end_time=run.ended_ms)
        self._ended.add(run.key)
        return of_run(run)

    def _has_table(self, run_id: str) -> bool:
        return any(file.path == TABLE_FILE for file in self._client.list_artifacts(run_id))
