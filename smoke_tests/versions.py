"""The three versions of the tutorial's registered model, as one session makes them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import mlflow
import numpy as np
import sklearn
import skops
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import RestException
from mlflow.sklearn import load_model, log_model
from mlflow.tracking import MlflowClient
from sklearn.linear_model import ElasticNet
from sklearn.metrics import root_mean_squared_error

from smoke_tests.wine import GOLDEN_ALPHA, Wine, train

MODEL_NAME = "wine-pyfile-model"
# Three different models, so that loading the wrong version shows. The second is the tutorial's.
ALPHAS = (0.5, GOLDEN_ALPHA, 2.0)
SESSION_TAG = "smoke-session"
# On a registered model that the tests made, and that they remove once it has no version left.
MADE_BY_TESTS_TAG = "made-by-smoke-tests"
# Given, because MLflow would otherwise spend seconds on finding out.
REQUIREMENTS = [f"scikit-learn=={sklearn.__version__}", f"skops=={skops.__version__}"]


@dataclass(frozen=True)
class TrainedVersion:
    """A registered version, with what it predicted before it was saved.

    Attributes:
        number: Version of the registered model, as MLflow gives it.
        run_id: The run that logged it.
        model_id: The logged model behind it.
        predictions: For every row of the data set.
    """

    number: str
    run_id: str
    model_id: str
    predictions: np.ndarray


def register(wine: Wine, experiment_id: str, label: str) -> list[TrainedVersion]:
    """Train, log and register the three versions.

    Args:
        wine: The data set.
        experiment_id: Where the runs go.
        label: Marks the versions as this session's.
    """
    with suppress(RestException):  # it exists: the tutorial's name is shared
        MlflowClient().create_registered_model(MODEL_NAME, tags={MADE_BY_TESTS_TAG: "true"})
    return [_register_one(wine, alpha, experiment_id, label) for alpha in ALPHAS]


def own_versions(client: MlflowClient, label: str) -> list[ModelVersion]:
    """The versions that carry this session's label, oldest first."""
    found = client.search_model_versions(f"name='{MODEL_NAME}'")
    own = [version for version in found if version.tags.get(SESSION_TAG) == label]
    return sorted(own, key=lambda version: int(version.version))


def predictions_of(uri: str, wine: Wine) -> np.ndarray:
    """Load a model from wherever `uri` points and predict every row of the data set."""
    return cast(ElasticNet, load_model(uri)).predict(wine.features)


def _register_one(wine: Wine, alpha: float, experiment_id: str, label: str) -> TrainedVersion:
    model = train(wine, alpha)
    predictions = model.predict(wine.features)
    with mlflow.start_run(experiment_id=experiment_id) as run:
        mlflow.log_params({"alpha": alpha, "l1_ratio": 1})
        mlflow.log_metric("rmse", float(root_mean_squared_error(wine.target, predictions)))
        logged = log_model(
            model,
            name="model",
            registered_model_name=MODEL_NAME,
            pip_requirements=REQUIREMENTS,
            tags={SESSION_TAG: label},
        )
    return TrainedVersion(
        number=str(logged.registered_model_version),
        run_id=run.info.run_id,
        model_id=str(logged.model_id),
        predictions=predictions,
    )
