"""What a seed does to a server: once, twice, after an interruption, beside other people's work."""

from __future__ import annotations

from typing import Any, cast

import pytest
from mlflow.tracking import MlflowClient
from mlflow.utils.validation import MAX_ENTITIES_PER_BATCH, MAX_METRICS_PER_BATCH

from seed import fill, models
from seed.batches import batches
from seed.counts import Counts, planned
from seed.plan import Run, Size, plan
from tests.seed.server import Server

SMALL = planned(plan(Size.SMALL))


@pytest.fixture(autouse=True)
def _no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training is scikit-learn's business, and takes longer than all these tests."""

    def save(*_: Any, path: Any, **__: Any) -> None:
        path.mkdir()

    monkeypatch.setattr(models, "save", save)


def seed(server: Server, size: Size = Size.SMALL) -> Counts:
    return fill.seed(cast(MlflowClient, server), size, tell=lambda _: None)


@pytest.fixture
def seeded() -> Server:
    """A server that a small seed has filled."""
    server = Server()
    seed(server)
    return server


def test_an_empty_server_gets_what_is_planned() -> None:
    server = Server()
    assert seed(server) == SMALL
    assert len(server.experiments) == SMALL.experiments
    assert len(server.runs) == SMALL.runs
    assert sum(len(run.metrics) for run in server.runs.values()) == SMALL.metric_values
    assert sum(len(run.params) for run in server.runs.values()) == SMALL.params
    assert sum(len(run.files) for run in server.runs.values()) == SMALL.artifacts
    assert len(server.versions) == SMALL.model_versions


def test_a_second_seed_adds_nothing(seeded: Server) -> None:
    seeded.calls_left = 0
    assert seed(seeded) == Counts()


def test_a_larger_seed_adds_only_what_is_lacking(seeded: Server) -> None:
    made = seed(seeded, Size.MEDIUM)
    medium = planned(plan(Size.MEDIUM))
    assert made.runs == medium.runs - SMALL.runs
    assert len(seeded.runs) == medium.runs
    assert len(seeded.versions) == medium.model_versions


def test_a_smaller_seed_after_a_larger_one_leaves_its_aliases_alone() -> None:
    server = Server()
    seed(server, Size.MEDIUM)
    before = {name: dict(model.aliases) for name, model in server.models.items()}
    assert seed(server) == Counts()
    assert {name: model.aliases for name, model in server.models.items()} == before


# Every stage of a run and of a version is cut at least once.
@pytest.mark.parametrize("calls", range(0, 90, 7))
def test_an_interrupted_seed_goes_on_where_it_ended(calls: int) -> None:
    server = Server()
    server.calls_left = calls
    with pytest.raises(ConnectionError):
        seed(server)
    server.calls_left = None
    seed(server)
    assert len(server.runs) == SMALL.runs
    assert sum(len(run.metrics) for run in server.runs.values()) == SMALL.metric_values
    assert len(server.versions) == SMALL.model_versions
    assert len(server.tables) == len(set(server.tables)) == SMALL.model_versions
    assert all(run.info.status in ("FINISHED", "FAILED") for run in server.runs.values())


def test_trials_are_nested_in_their_search(seeded: Server) -> None:
    parents = [run for run in seeded.runs.values() if "mlflow.parentRunId" not in run.data.tags]
    assert len(parents) == 6
    for parent in parents:
        nested = [
            run
            for run in seeded.runs.values()
            if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id
        ]
        assert len(nested) == 6
        assert {run.experiment_id for run in nested} == {parent.experiment_id}


def test_a_version_belongs_to_the_best_trial_of_its_search(seeded: Server) -> None:
    keys = {run.data.tags["seed.key"]: run_id for run_id, run in seeded.runs.items()}
    for experiment in plan(Size.SMALL):
        for search in experiment.searches:
            (version,) = (v for v in seeded.versions if v.tags["seed.key"] == search.parent.key)
            assert version.run_id == keys[search.best.key]
            assert version.source.startswith("models:/m-")


def test_the_champion_is_the_best_and_the_challenger_the_newest(seeded: Server) -> None:
    for experiment in plan(Size.SMALL):
        versions = seeded.search_model_versions(f"name='{experiment.project.name}'")
        keys = {version.version: version.tags["seed.key"] for version in versions}
        aliases = seeded.models[experiment.project.name].aliases
        assert keys[aliases["champion"]] == experiment.champion.parent.key
        assert keys[aliases["challenger"]] == experiment.searches[-1].parent.key


def test_a_deleted_experiment_is_brought_back(seeded: Server) -> None:
    seeded.experiments["seed-churn"].lifecycle_stage = "deleted"
    assert seed(seeded) == Counts()
    assert seeded.experiments["seed-churn"].lifecycle_stage == "active"


def test_every_experiment_has_a_line_of_progress() -> None:
    lines: list[str] = []
    fill.seed(cast(MlflowClient, Server()), Size.SMALL, tell=lines.append)
    names = [experiment.project.name for experiment in plan(Size.SMALL)]
    assert [line.split()[1] for line in lines] == names
    assert all("14 runs" in line and line.endswith(" s") for line in lines)


def long_run(values: int) -> Run:
    return Run(
        key="key",
        name="name",
        description="",
        params={f"p{i}": "1" for i in range(20)},
        metrics={"a": (0.5,) * values, "b": (0.25,)},
        started_ms=1000,
        step_ms=10,
        files={},
    )


@pytest.mark.parametrize("values", [1, 978, 979, 980, 1979, 1980, 5000])
def test_batches_are_full_and_lose_nothing(values: int) -> None:
    run = long_run(values)
    made = list(batches(run))
    sizes = [len(batch.metrics) + len(batch.params) for batch in made]
    assert all(size == MAX_ENTITIES_PER_BATCH for size in sizes[:-1])
    assert 0 < sizes[-1] <= MAX_ENTITIES_PER_BATCH
    assert all(len(batch.metrics) <= MAX_METRICS_PER_BATCH for batch in made)
    logged = [(m.key, m.step, m.timestamp) for batch in made for m in batch.metrics]
    assert logged == [("a", i, 1000 + 10 * i) for i in range(values)] + [("b", 0, 1000)]
    assert sum(len(batch.params) for batch in made) == len(run.params)
