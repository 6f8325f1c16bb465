"""Registered models, their versions and aliases, each made once."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mlflow.entities import LoggedModelStatus
from mlflow.tracking import MlflowClient

from seed import models
from seed.counts import ALIASES, Counts
from seed.plan import Experiment, Search
from seed.projects import Project
from seed.runs import KEY_TAG


class Registry:
    """The registered model of one project."""

    def __init__(self, client: MlflowClient, experiment_id: str, project: Project) -> None:
        """Look up which versions are there."""
        self._client = client
        self._experiment_id = experiment_id
        self._project = project
        self._versions = {
            found.tags[KEY_TAG]: found.version
            for found in client.search_model_versions(f"name='{project.name}'")
            if KEY_TAG in found.tags
        }

    def ensure_model(self) -> Counts:
        """Make the registered model; return what was made."""
        if self._client.search_registered_models(f"name='{self._project.name}'"):
            return Counts()
        self._client.create_registered_model(
            self._project.name,
            tags={"team": self._project.team, "task": self._project.task},
            description=self._project.description,
        )
        return Counts(registered_models=1)

    def ensure_version(self, search: Search, run_id: str) -> Counts:
        """Train, log and register the best trial of a search; return what was made.

        Args:
            search: The search.
            run_id: The run of its best trial.
        """
        key = search.parent.key
        if key in self._versions:
            return Counts()
        logged = self._client.create_logged_model(
            self._experiment_id,
            name=self._project.name,
            source_run_id=run_id,
            tags={KEY_TAG: key},
            params=dict(search.best.params),
            model_type=self._project.task,
        )
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "model")
            task = self._project.task
            models.save(task, search.best, run_id=run_id, model_id=logged.model_id, path=path)
            self._client.log_model_artifacts(logged.model_id, str(path))
        self._client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
        version = self._client.create_model_version(
            self._project.name,
            # By its id, as MLflow itself does: stacks refuse other sources.
            source=f"models:/{logged.model_id}",
            run_id=run_id,
            tags={KEY_TAG: key, self._project.metric: str(search.score)},
            description=f"Best of {search.parent.name}: {search.best.name}.",
            model_id=logged.model_id,
            await_creation_for=0,  # the files are there: it is ready when it is made
        )
        self._versions[key] = version.version
        return Counts(model_versions=1)

    def ensure_aliases(self, experiment: Experiment) -> Counts:
        """Point the aliases at the best version and the newest; return what was made or moved."""
        if len(self._versions) > len(experiment.searches):
            # A larger seed was here; its aliases take more versions into account.
            return Counts()
        searches = (experiment.champion, experiment.searches[-1])
        present = self._client.get_registered_model(self._project.name).aliases
        made = Counts()
        for alias, search in zip(ALIASES, searches, strict=True):
            version = self._versions[search.parent.key]
            if present.get(alias) != version:
                self._client.set_registered_model_alias(self._project.name, alias, version)
                made += Counts(aliases=1)
        return made
