"""A small model for every search: real enough to be loaded and to predict."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mlflow.models import Model, infer_signature
from mlflow.sklearn import save_model
from sklearn.linear_model import Ridge, RidgeClassifier

from seed.plan import Run
from seed.projects import Task
from smoke_tests.versions import REQUIREMENTS
from smoke_tests.wine import Wine, load


def save(task: Task, trial: Run, *, run_id: str, model_id: str, path: Path) -> None:
    """Train a linear model with a trial's penalty and write it as an MLflow model.

    Whatever the project is called, it learns from scikit-learn's wines, and predicts from them.

    Args:
        task: What it predicts: the number of a wine's class, or the class.
        trial: Whose `l2` it is trained with.
        run_id: The trial's run.
        model_id: The logged model that the files are for.
        path: Directory to make.
    """
    wine = _wine()
    kind = Ridge if task is Task.REGRESSION else RidgeClassifier
    model = kind(alpha=float(trial.params["l2"])).fit(wine.features, wine.target)
    save_model(
        model,
        path,
        mlflow_model=Model(run_id=run_id, model_id=model_id),
        signature=infer_signature(wine.features, model.predict(wine.features)),
        # Given, because MLflow would otherwise spend seconds on finding out.
        pip_requirements=REQUIREMENTS,
    )


@cache
def _wine() -> Wine:
    return load(csv=None)
