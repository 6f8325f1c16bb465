"""Models that are made in no time, one for each way to describe what goes in."""

import time
from threading import Event
from typing import Any

import numpy as np
import pandas as pd
from mlflow.models import Model, ModelSignature
from mlflow.pyfunc import PyFuncModel
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec

from mlplatform_server.serving.application import Application, Rules
from mlplatform_server.serving.metrics import Metrics
from mlplatform_server.serving.pin import Pin
from mlplatform_server.serving.scoring import Scorer

PIN = Pin(name="wine", version="7", source="mlflow-artifacts:/1/models/m-1/artifacts")
COLUMNS = Schema(
    [
        ColSpec(DataType.double, "a"),
        ColSpec(DataType.long, "b"),
        ColSpec(DataType.string, "c", False),
    ]
)
TENSOR = Schema([TensorSpec(np.dtype("float64"), (-1, 2))])
PARAMS = ParamSchema([ParamSpec("scale", DataType.double, 1.0)])


class Sums:
    """Adds up the numbers of each row."""

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        scale = (params or {}).get("scale", 1.0)
        if isinstance(data, pd.DataFrame):
            return data.select_dtypes("number").sum(axis=1) * scale
        return np.sum(np.asarray(data, dtype=float), axis=-1) * scale


class Raises:
    def predict(self, data: Any) -> Any:
        raise ValueError(f"canary: {data}")


class Unwritable:
    def predict(self, data: Any) -> Any:
        return {"predicted": object(), "of": data}


class Hangs:
    """Waits until it is let go, where the first number is negative."""

    def __init__(self) -> None:
        self.go = Event()

    def predict(self, data: Any) -> Any:
        if data["a"].iloc[0] < 0:
            self.go.wait(30)
        elif data["a"].iloc[0] > 100:
            time.sleep(0.05)
        return data["a"]


def model(implementation: Any = None, inputs: Schema | None = None, params: Any = None) -> Any:
    signature = ModelSignature(inputs=inputs, params=params) if inputs or params else None
    return PyFuncModel(model_meta=Model(signature=signature), model_impl=implementation or Sums())


def application(
    served: Any,
    *,
    path: str = "",
    token: str | None = None,
    body_limit: int = 100_000,
    timeout_s: float = 5,
    schema_details: bool = False,
) -> tuple[Application, Metrics]:
    metrics = Metrics(PIN, 1.5)
    rules = Rules(path=path, token=token, body_limit=body_limit, timeout_s=timeout_s)
    return Application(Scorer(served, schema_details=schema_details), rules, metrics), metrics
