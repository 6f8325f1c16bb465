"""What a run can hold, and every way to find it."""

from __future__ import annotations

import time
from pathlib import Path

import matplotlib.figure
import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.artifacts import download_artifacts, load_dict, load_text
from mlflow.data.pandas_dataset import from_pandas
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.tracking import MlflowClient

FILES = 40


@pytest.fixture(scope="module")
def runs(client: MlflowClient, experiment_id: str) -> dict[str, str]:
    """Three runs that searches tell apart; names by id."""
    made: dict[str, str] = {}
    wines = from_pandas(pd.DataFrame({"x": [1]}), name="wines")
    for number, name in enumerate(["Alpha", "beta", "gamma"]):
        tags = {"family": "search", "nick": name, **({"rare": "yes"} if number == 2 else {})}
        with mlflow.start_run(experiment_id=experiment_id, run_name=name, tags=tags) as run:
            mlflow.log_metric("score", number)
            mlflow.log_params({"kind": name, **({"only": "here"} if number == 0 else {})})
            if number == 1:
                mlflow.log_input(wines, context="training")
        made[run.info.run_id] = name
    client.set_terminated(next(iter(made)), "FAILED")
    return made


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("metrics.score = 1", "beta"),
        ("metrics.score != 1", "Alpha gamma"),
        ("metrics.score > 1", "gamma"),
        ("metrics.score >= 1", "beta gamma"),
        ("metrics.score < 1", "Alpha"),
        ("metrics.score <= 1", "Alpha beta"),
        ("params.kind = 'beta'", "beta"),
        ("params.kind != 'beta'", "Alpha gamma"),
        ("params.kind LIKE '%a%m%'", "gamma"),
        ("params.kind ILIKE 'ALPH_'", "Alpha"),
        ("params.only IS NULL", "beta gamma"),
        ("params.only IS NOT NULL", "Alpha"),
        ("tags.nick = 'beta'", "beta"),
        ("tags.nick != 'beta'", "Alpha gamma"),
        ("tags.nick LIKE 'Al%'", "Alpha"),
        ("tags.nick ILIKE 'al%'", "Alpha"),
        ("tags.rare IS NULL", "Alpha beta"),
        ("tags.rare IS NOT NULL", "gamma"),
        ("attributes.run_name = 'beta'", "beta"),
        ("attributes.run_name LIKE 'g%'", "gamma"),
        ("attributes.run_name ILIKE 'ALPHA'", "Alpha"),
        ("attributes.status != 'FINISHED'", "Alpha"),
        ("attributes.start_time > 0 AND attributes.end_time > 0", "Alpha beta gamma"),
        ("attributes.run_id IN ({first})", "Alpha"),
        ("attributes.run_id NOT IN ({first})", "beta gamma"),
        ("dataset.name = 'wines'", "beta"),
        ("dataset.name LIKE 'wi%'", "beta"),
        ("dataset.name IN ('wines', 'beers')", "beta"),
        ("dataset.context = 'training' AND metrics.score = 1", "beta"),
    ],
)
def test_runs_are_found_by(
    client: MlflowClient, experiment_id: str, runs: dict[str, str], expression: str, names: str
) -> None:
    wanted = expression.format(first=repr(next(iter(runs))))
    found = client.search_runs([experiment_id], f"tags.family = 'search' AND {wanted}")
    assert {run.info.run_name for run in found} == set(names.split())


def test_runs_come_in_the_asked_order_and_in_pages(
    client: MlflowClient, experiment_id: str, runs: dict[str, str]
) -> None:
    order, family = ["metrics.score DESC"], "tags.family = 'search'"
    first = client.search_runs([experiment_id], family, max_results=2, order_by=order)
    second = client.search_runs(
        [experiment_id], family, max_results=2, order_by=order, page_token=first.token
    )
    assert [run.info.run_name for run in [*first, *second]] == ["gamma", "beta", "Alpha"]
    assert {run.info.run_id for run in [*first, *second]} == set(runs)


def test_a_batch_of_metrics_params_and_tags_is_there_whole(
    client: MlflowClient, experiment_id: str
) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    now = int(time.time() * 1000)
    metrics = [Metric("loss", 1 / (step + 1), now + step, step) for step in range(800)]
    params = [Param(f"p{number}", str(number)) for number in range(100)]
    client.log_batch(run_id, metrics, params, [RunTag("t", "1")])
    history = client.get_metric_history(run_id, "loss")
    assert [metric.value for metric in history] == [metric.value for metric in metrics]
    assert client.get_run(run_id).data.params == {param.key: param.value for param in params}


def test_runs_can_be_nested_renamed_deleted_and_restored(
    client: MlflowClient, experiment_id: str
) -> None:
    with (
        mlflow.start_run(experiment_id=experiment_id) as parent,
        mlflow.start_run(experiment_id=experiment_id, nested=True) as child,
    ):
        pass
    found = client.get_parent_run(child.info.run_id)
    assert found is not None
    assert found.info.run_id == parent.info.run_id
    client.update_run(child.info.run_id, name="renamed")
    client.delete_run(child.info.run_id)
    deleted = client.search_runs(
        [experiment_id], "attributes.run_name = 'renamed'", run_view_type=ViewType.DELETED_ONLY
    )
    assert [run.info.run_id for run in deleted] == [child.info.run_id]
    client.restore_run(child.info.run_id)
    assert client.get_run(child.info.run_id).info.lifecycle_stage == "active"


def test_every_kind_of_artifact_comes_back(client: MlflowClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    client.log_text(run_id, "Grüner Veltliner", "text.txt")
    client.log_dict(run_id, {"a": [1, 2]}, "dict.json")
    client.log_table(run_id, {"question": ["q"], "answer": ["a"]}, "table.json")
    client.log_image(run_id, np.zeros((4, 4, 3), dtype=np.uint8), "image.png")
    client.log_figure(run_id, matplotlib.figure.Figure(figsize=(1, 1)), "figure.png")
    place = f"runs:/{run_id}"
    assert load_text(f"{place}/text.txt") == "Grüner Veltliner"
    assert load_dict(f"{place}/dict.json") == {"a": [1, 2]}
    table = client.load_table(experiment_id, "table.json", run_ids=[run_id])
    assert table.to_dict("list") == {"question": ["q"], "answer": ["a"]}
    sizes = {file.path: file.file_size for file in client.list_artifacts(run_id)}
    assert {"image.png", "figure.png"} <= {name for name, size in sizes.items() if size}


def test_many_files_in_folders_come_back_as_they_were(
    client: MlflowClient, experiment_id: str, tmp_path: Path
) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    sent, back = tmp_path / "sent", tmp_path / "back"
    for number in range(FILES):
        file = sent / f"folder {number % 4}" / f"naïve & {number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(number))
    client.log_artifacts(run_id, str(sent), "many")
    downloaded = Path(download_artifacts(run_id=run_id, artifact_path="many", dst_path=str(back)))
    assert contents(downloaded) == contents(sent)


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }
