"""A model that behaves as its version's model_config says; what is registered is this file."""

import os
import threading
import time
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

_MORE_THAN_THERE_IS = 4 << 30


class Behaving(PythonModel):
    """Predicts so that an answer tells which version gave it, and to which question."""

    def load_context(self, context: Any) -> None:
        """Load, or not."""
        self._config = context.model_config
        match self._config["behaviour"]:
            case "cannot be loaded":
                raise FileNotFoundError("weights.bin")
            case "is out of memory":
                self._weights = b"x" * _MORE_THAN_THERE_IS
            case "crashes":
                os.abort()

    # MLflow would read hints of types as the model's signature.
    def predict(self, context, model_input, params=None):  # noqa: ANN001, ANN201, ARG002 # pyright: ignore
        """Predict the number times `times` plus `mark`, after `busy_s` of processor time."""
        if self._config["behaviour"] == "fails its example":
            raise ValueError("no such wine")
        until = time.thread_time() + self._config["busy_s"]
        while time.thread_time() < until:
            pass
        numbers = [int(number) for number in model_input["number"]]
        if self._config["hangs_at"] in numbers:
            threading.Event().wait()
        return [number * self._config["times"] + self._config["mark"] for number in numbers]


set_model(Behaving())
