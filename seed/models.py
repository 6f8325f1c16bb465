"""A small model for every search: real enough to be loaded and to predict."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import cast

from mlflow.models import Model, infer_signature
from mlflow.sklearn import save_model
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.utils import Bunch

from seed.plan import Run
from seed.projects import Task
from smoke_tests.versions import REQUIREMENTS


@cache
def _data(task: Task) -> Bunch:
    """A data set that comes with scikit-learn."""
    load = load_diabetes if task is Task.REGRESSION else load_wine
    return cast(Bunch, load(as_frame=True))


def save(task: Task, trial: Run, *, run_id: str, model_id: str, path: Path) -> None:
    """Train a linear model with a trial's penalty and write it as an MLflow model.

    Args:
        task: What it predicts.
        trial: Whose `l2` it is trained with.
        run_id: The trial's run.
        model_id: The logged model that the files are for.
        path: Directory to make.
    """
    data = _data(task)
    kind = Ridge if task is Task.REGRESSION else RidgeClassifier
    model = kind(alpha=float(trial.params["l2"])).fit(data.data, data.target)
    save_model(
        model,
        path,
        mlflow_model=Model(run_id=run_id, model_id=model_id),
        signature=infer_signature(data.data, model.predict(data.data)),
        # Given, because MLflow would otherwise spend seconds on finding out.
        pip_requirements=REQUIREMENTS,
    )
