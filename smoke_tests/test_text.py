"""Text in any script comes back as it was written."""

from __future__ import annotations

import mlflow
import pytest
from mlflow.tracking import MlflowClient

TEXTS = {
    "Latin with accents": "Crémant d'Alsace, Grüner Veltliner, Tōkaji",
    "Greek": "Ξινόμαυρο",
    "Cyrillic": "Саперави",
    "Georgian": "ქვევრის ღვინო",
    "Arabic": "نبيذ أحمر",
    "Hebrew": "יין אדום",  # noqa: RUF001
    "Devanagari": "लाल शराब",
    "Thai": "ไวน์แดง",
    "Chinese": "红葡萄酒",
    "Japanese": "赤ワイン",
    "Korean": "레드 와인",
    "beyond 16 bits": "🍷 𝒱𝒾𝓃𝓊𝓂 𠮷",
    "combining marks": "Vin\u0303o e\u0301",
}


@pytest.fixture(scope="module")
def run_id(experiment_id: str) -> str:
    """A run that carries every text as a tag, as a parameter and as a key of both."""
    with mlflow.start_run(experiment_id=experiment_id) as run:
        mlflow.set_tags(TEXTS)
        mlflow.log_params(TEXTS)
    return run.info.run_id


def test_tags_come_back_as_written(client: MlflowClient, run_id: str) -> None:
    assert TEXTS.items() <= client.get_run(run_id).data.tags.items()


def test_parameters_come_back_as_written(client: MlflowClient, run_id: str) -> None:
    assert client.get_run(run_id).data.params == TEXTS


def test_names_come_back_as_written(client: MlflowClient, label: str) -> None:
    name = " ".join([label, *TEXTS.values()])
    experiment_id = client.create_experiment(name)
    run = client.create_run(experiment_id, run_name=name)
    client.create_registered_model(name)
    assert client.get_experiment(experiment_id).name == name
    assert client.get_run(run.info.run_id).info.run_name == name
    assert client.get_registered_model(name).name == name


def test_a_run_is_found_by_a_tag_in_any_script(
    client: MlflowClient, experiment_id: str, run_id: str
) -> None:
    found = client.search_runs([experiment_id], "tags.Japanese = '赤ワイン'")
    assert [run.info.run_id for run in found] == [run_id]
