"""Evaluation: data sets, scorers, and a run that holds what came of them."""

from __future__ import annotations

import mlflow
import pytest
from mlflow import genai
from mlflow.genai.scorers import Guidelines, scorer
from mlflow.tracking import MlflowClient


def answer_white(wine: str) -> str:  # noqa: ARG001  the name of the input
    return "white"


RECORD = {"inputs": {"wine": "Riesling"}, "expectations": {"colour": "white"}}


@pytest.fixture(scope="module")
def evaluation_experiment_id(client: MlflowClient, label: str) -> str:
    """An experiment for evaluations; the active one, because their runs go there."""
    experiment_id = client.create_experiment(f"{label}-evaluation")
    mlflow.set_experiment(experiment_id=experiment_id)
    return experiment_id


def test_a_dataset_keeps_its_records(evaluation_experiment_id: str, label: str) -> None:
    name = f"{label}-wines"
    made = genai.create_dataset(
        name=name, experiment_id=[evaluation_experiment_id], tags={"by": label}
    )
    made.merge_records([RECORD, RECORD | {"inputs": {"wine": "Malbec"}}])
    made.merge_records([RECORD])
    frame = genai.get_dataset(name=name).to_df()
    assert {row["wine"] for row in frame["inputs"]} == {"Riesling", "Malbec"}
    assert len(frame) == 2
    found = genai.search_datasets(experiment_ids=[evaluation_experiment_id])
    assert [dataset.name for dataset in found] == [name]


def test_an_evaluation_scores_every_record(
    client: MlflowClient, evaluation_experiment_id: str
) -> None:
    @scorer
    def exact(outputs: str, expectations: dict[str, str]) -> bool:
        return outputs == expectations["colour"]

    result = genai.evaluate(data=[RECORD], predict_fn=answer_white, scorers=[exact])
    assert result.metrics == {"exact/mean": 1.0}
    assert client.get_run(result.run_id).data.metrics == {"exact/mean": 1.0}
    (trace,) = client.search_traces(locations=[evaluation_experiment_id], run_id=result.run_id)
    given = {one.name: one.feedback for one in trace.info.assessments if one.feedback}
    assert given["exact"].value is True


def test_a_scorer_is_registered_by_version_and_deleted(evaluation_experiment_id: str) -> None:
    place = evaluation_experiment_id
    for text in ("be kind", "be brief"):
        Guidelines(name="manners", guidelines=text).register(experiment_id=place)
    kept = genai.get_scorer(name="manners", experiment_id=place)
    assert isinstance(kept, Guidelines)
    assert kept.guidelines == "be brief"
    assert [one.name for one in genai.list_scorers(experiment_id=place)] == ["manners"]
    genai.delete_scorer(name="manners", version="all", experiment_id=place)
    assert genai.list_scorers(experiment_id=place) == []
