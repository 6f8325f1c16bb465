"""A tracking server in memory: the calls that a seed makes, with the rules of MLflow's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mlflow.entities import Metric, Param
from mlflow.store.entities import PagedList


class Server:
    """Stands in for a client and the server behind it; what is made can be looked at.

    Attributes:
        calls_left: How many more calls may change something before the connection breaks; None for
            as many as there are.
    """

    def __init__(self) -> None:
        self.experiments: dict[str, SimpleNamespace] = {}
        self.runs: dict[str, SimpleNamespace] = {}
        self.tables: list[str] = []
        self.models: dict[str, SimpleNamespace] = {}
        self.versions: list[SimpleNamespace] = []
        self.calls_left: int | None = None

    def _change(self) -> None:
        if self.calls_left == 0:
            raise ConnectionError("the server is gone")
        if self.calls_left is not None:
            self.calls_left -= 1

    def get_experiment_by_name(self, name: str) -> SimpleNamespace | None:
        return self.experiments.get(name)

    def create_experiment(self, name: str, tags: dict[str, str]) -> str:
        self._change()
        made = SimpleNamespace(experiment_id=name, lifecycle_stage="active", tags=tags)
        self.experiments[name] = made
        return made.experiment_id

    def restore_experiment(self, experiment_id: str) -> None:
        self.experiments[experiment_id].lifecycle_stage = "active"

    def search_runs(self, experiment_ids: list[str], **_: Any) -> PagedList[SimpleNamespace]:
        found = [run for run in self.runs.values() if run.experiment_id in experiment_ids]
        return PagedList(found, None)

    def create_run(self, experiment_id: str, tags: dict[str, str], **info: Any) -> SimpleNamespace:
        self._change()
        run_id = f"run-{len(self.runs) + 1}"
        self.runs[run_id] = SimpleNamespace(
            experiment_id=experiment_id,
            info=SimpleNamespace(run_id=run_id, status="RUNNING", **info),
            data=SimpleNamespace(tags=tags),
            metrics=set[tuple[str, int, int, float]](),
            params=dict[str, str](),
            files=set[str](),
        )
        return self.runs[run_id]

    def log_batch(self, run_id: str, metrics: Sequence[Metric], params: Sequence[Param]) -> None:
        self._change()
        assert len(metrics) + len(params) <= 1000
        run = self.runs[run_id]
        run.metrics |= {(m.key, m.step, m.timestamp, m.value) for m in metrics}
        for param in params:
            assert run.params.setdefault(param.key, param.value) == param.value

    def log_artifacts(self, run_id: str, local_dir: str) -> None:
        self._change()
        self.runs[run_id].files |= {file.name for file in Path(local_dir).iterdir()}

    def list_artifacts(self, run_id: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(path=name) for name in self.runs[run_id].files]

    def log_table(self, run_id: str, _: dict[str, list[Any]], artifact_file: str) -> None:
        self._change()
        self.runs[run_id].files.add(artifact_file)
        self.tables.append(run_id)

    def set_terminated(self, run_id: str, status: str, **info: Any) -> None:
        self._change()
        self.runs[run_id].info = SimpleNamespace(run_id=run_id, status=status, **info)

    def search_registered_models(self, filter_string: str) -> list[SimpleNamespace]:
        return [model for name, model in self.models.items() if filter_string == f"name='{name}'"]

    def create_registered_model(self, name: str, **_: Any) -> None:
        self._change()
        self.models[name] = SimpleNamespace(aliases={})

    def get_registered_model(self, name: str) -> SimpleNamespace:
        return self.models[name]

    def search_model_versions(self, filter_string: str) -> list[SimpleNamespace]:
        return [found for found in self.versions if filter_string == f"name='{found.name}'"]

    def create_logged_model(self, *_: Any, **__: Any) -> SimpleNamespace:
        self._change()
        return SimpleNamespace(model_id=f"m-{len(self.versions) + 1}")

    def log_model_artifacts(self, *_: Any) -> None:
        self._change()

    def finalize_logged_model(self, *_: Any) -> None:
        self._change()

    def create_model_version(self, name: str, **given: Any) -> SimpleNamespace:
        self._change()
        number = 1 + sum(version.name == name for version in self.versions)
        self.versions.append(SimpleNamespace(name=name, version=str(number), **given))
        return self.versions[-1]

    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        self._change()
        self.models[name].aliases[alias] = version
