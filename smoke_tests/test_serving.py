"""A registered model that the stack serves: move the alias, and the next version answers.

Only a model that is there for these tests is touched; the stack's settings name it:
    models: "[{name: smoke-test-wine, alias: champion}]"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np
import pandas as pd
import pytest
import requests
import yaml
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient

from smoke_tests.client import http_session, model_session
from smoke_tests.settings import ServedModel, Settings
from smoke_tests.wait import wait_until
from smoke_tests.wine import Wine, train

if TYPE_CHECKING:
    from sklearn.linear_model import ElasticNet

NAME = "smoke-test-wine"
# From the alias to the receipt: the promoter's look, a pod, the import of the packages.
SERVING_TIMEOUT_S = 120
INGRESS_TIMEOUT_S = 15
ROWS = 1000
# Debian trixie's, which our own image of MLflow is made of.
IMAGE_PYTHON = "3.13.5"


@dataclass(frozen=True)
class Version:
    """A version, and the model as it was trained here."""

    number: str
    trained: ElasticNet


@pytest.fixture(scope="module")
def served(settings: Settings) -> ServedModel:
    """The model that is there for these tests."""
    found = [model for model in settings.models if model.name == NAME]
    if not found:
        pytest.skip(f"the stack serves no {NAME}")
    return found[0]


@pytest.fixture(scope="module")
def asking(settings: Settings, served: ServedModel) -> requests.Session:
    """What asks the model."""
    return model_session(settings, served)


class Registrar:
    """Registers versions, and says what the stack made of them."""

    def __init__(
        self, client: MlflowClient, experiment_id: str, served: ServedModel, settings: Settings
    ) -> None:
        self._client = client
        self._experiment_id = experiment_id
        self._served = served
        self._tag = f"mlplatform.{settings.namespace.removeprefix('mlplatform-')}"
        self.python = IMAGE_PYTHON

    def register(self, wine: Wine, alpha: float, directory: Path) -> Version:
        """Train and register, as made with the server's Python."""
        trained = train(wine, alpha)
        mlflow.sklearn.save_model(  # pyright: ignore[reportPrivateImportUsage]
            trained,
            directory,
            signature=infer_signature(wine.features, trained.predict(wine.features)),
            input_example=wine.features.head(2),
        )
        # A file of skops holds no code of Python's.
        file = directory / "MLmodel"
        facts = yaml.safe_load(file.read_text())
        facts["flavors"]["python_function"]["python_version"] = self.python
        file.write_text(yaml.safe_dump(facts))
        run = self._client.create_run(self._experiment_id)
        self._client.log_artifacts(run.info.run_id, str(directory), "model")
        version = self._client.create_model_version(
            NAME, f"runs:/{run.info.run_id}/model", run.info.run_id
        )
        return Version(version.version, trained)

    def promote(self, version: Version) -> str:
        """Move the alias, and return the receipt."""
        self._client.set_registered_model_alias(NAME, self._served.alias, version.number)
        return wait_until(
            lambda: self._settled(version),
            timeout_s=SERVING_TIMEOUT_S,
            describe=f"version {version.number} serves or has failed",
        )

    def _settled(self, version: Version) -> str:
        receipt = self.receipt(version)
        return "" if receipt.startswith("retired") else receipt

    def receipt(self, version: Version) -> str:
        """What the registry says of a version; nothing yet is empty."""
        return self._client.get_model_version(NAME, version.number).tags.get(self._tag, "")


@pytest.fixture(scope="module")
def registrar(
    client: MlflowClient, experiment_id: str, served: ServedModel, settings: Settings
) -> Iterator[Registrar]:
    for model in client.search_registered_models(f"name='{NAME}'"):
        client.delete_registered_model(model.name)
    client.create_registered_model(NAME)
    yield Registrar(client, experiment_id, served, settings)
    client.delete_registered_model(NAME)


@pytest.fixture(scope="module")
def first(
    registrar: Registrar,
    served: ServedModel,
    asking: requests.Session,
    wine: Wine,
    tmp_path_factory: pytest.TempPathFactory,
) -> Version:
    """A version that serves; where the image has another Python, a refused one came before."""
    directory = tmp_path_factory.mktemp("served")
    version = registrar.register(wine, 0.5, directory / "a")
    receipt = registrar.promote(version)
    if other := re.search(r"made with Python .*, this is (\d+\.\d+)", receipt):
        registrar.python = f"{other[1]}.0"
        version = registrar.register(wine, 0.5, directory / "b")
        receipt = registrar.promote(version)
    assert receipt.startswith("serving"), receipt
    # The ingress hears of a first pod a while after it is ready.
    wait_until(
        lambda: asking.get(f"{served.url}/ping", timeout=10).ok,
        timeout_s=INGRESS_TIMEOUT_S,
        describe="the ingress knows the model's pod",
    )
    return version


@pytest.fixture(scope="module")
def second(
    registrar: Registrar, first: Version, wine: Wine, tmp_path_factory: pytest.TempPathFactory
) -> Version:
    """The next version, which the alias was moved to."""
    version = registrar.register(wine, 0.1, tmp_path_factory.mktemp("served") / "c")
    assert first.number != version.number
    receipt = registrar.promote(version)
    assert receipt.startswith("serving"), receipt
    return version


def wines(wine: Wine) -> pd.DataFrame:
    """Wines that nobody has made: each value is that of some wine."""
    chosen = np.random.default_rng(1).choice
    return pd.DataFrame({name: chosen(column, ROWS) for name, column in wine.features.items()})


def bodies(features: pd.DataFrame) -> dict[str, Any]:
    """What `mlflow.deployments` clients and people send."""
    return {
        "dataframe_split": features.to_dict(orient="split", index=False),
        "dataframe_records": features.to_dict(orient="records"),
        "inputs": {name: list(column) for name, column in features.items()},
        "instances": features.to_dict(orient="records"),
    }


def assert_answers_as(
    version: Version, served: ServedModel, asking: requests.Session, wine: Wine
) -> None:
    features = wines(wine)
    # Laid out in memory as the server has it: the last bit of a sum depends on that.
    frame = pd.DataFrame(features.to_numpy().tolist(), columns=features.columns)
    expected = version.trained.predict(frame).tolist()
    for form, data in bodies(features).items():
        said = asking.post(f"{served.url}/invocations", json={form: data}, timeout=10)
        assert said.status_code == 200, said.text
        assert said.json()["predictions"] == expected, form


def test_the_first_version_answers_through_the_ingress(
    first: Version, served: ServedModel, asking: requests.Session, wine: Wine
) -> None:
    assert_answers_as(first, served, asking, wine)


def test_without_the_token_there_is_no_answer(
    first: Version, served: ServedModel, settings: Settings
) -> None:
    assert first
    if served.token is None:
        pytest.skip("the stack asks nobody for a password")
    # With a login of MLflow's.
    said = http_session(settings).post(f"{served.url}/invocations", json={}, timeout=10)
    assert (said.status_code, said.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_the_next_version_answers_when_the_alias_has_moved(
    second: Version, served: ServedModel, asking: requests.Session, wine: Wine
) -> None:
    assert_answers_as(second, served, asking, wine)


def test_the_version_before_is_retired(
    registrar: Registrar, first: Version, second: Version
) -> None:
    assert second
    assert registrar.receipt(first).startswith("retired")


def test_a_lower_version_answers_when_the_alias_moves_back(
    registrar: Registrar,
    first: Version,
    second: Version,
    served: ServedModel,
    asking: requests.Session,
    wine: Wine,
) -> None:
    assert second
    assert registrar.promote(first).startswith("serving")
    assert_answers_as(first, served, asking, wine)
