"""MLflow's scoring protocol by MLflow's own functions: no other file knows their names."""

import json
import os
import sys
import traceback
from dataclasses import dataclass
from enum import Enum
from typing import Any

from mlflow.environment_variables import _MLFLOW_IS_IN_SERVING_ENVIRONMENT
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PyFuncModel, scoring_server

JSON = scoring_server.CONTENT_TYPE_JSON


class Outcome(Enum):
    """How a request ended, as the metrics count it."""

    OK = "ok"
    BAD_INPUT = "bad_input"
    MODEL_ERROR = "model_error"
    OVERLOAD = "overload"
    TIMEOUT = "timeout"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a client is told.

    Attributes:
        outcome: how it ended.
        status: HTTP status.
        body: the content.
        media_type: its type.
    """

    outcome: Outcome
    status: int
    body: str
    media_type: str = JSON


class Scorer:
    """Answers requests with one model."""

    def __init__(self, model: PyFuncModel, *, schema_details: bool) -> None:
        """Prepare the answers.

        Args:
            model: a loaded model.
            schema_details: whether a client whose input does not fit is told what would.
        """
        # As `scoring_server.init` does: conversions of type hints depend on it.
        os.environ[_MLFLOW_IS_IN_SERVING_ENVIRONMENT.name] = "true"
        self._model = model
        self._input_schema = model.metadata.get_input_schema()
        self._told: dict[str, Any] = {}
        if schema_details and self._input_schema is not None:
            self._told = {"schema": self._input_schema.to_dict()}

    def answer(self, body: bytes, content_type: str) -> Answer:
        """Predict what a request asks for.

        MLflow's texts of errors hold the input and a stack trace; ours name the step that failed,
        and the trace goes to the log.

        Args:
            body: content of the request.
            content_type: its type, as the client names it.
        """
        model = _Watched(self._model)
        try:
            found = scoring_server.invocations(body, content_type, model, self._input_schema)
        except Exception as error:
            return self._failed(model, error)
        return Answer(
            outcome=Outcome.OK if found.status == 200 else Outcome.BAD_INPUT,
            status=found.status,
            body=found.response,
            media_type=found.mimetype,
        )

    def _failed(self, model: "_Watched", error: Exception) -> Answer:
        by_mlflow = isinstance(error, MlflowException)
        if model.raised is None and model.predicted:
            traceback.print_exc(file=sys.stderr)
            return failure(
                Outcome.MODEL_ERROR,
                error.get_http_status_code() if by_mlflow else 500,
                "INTERNAL_ERROR",
                "What the model predicted cannot be written as JSON",
            )
        if model.raised is None or isinstance(model.raised, MlflowException):
            # Only the check of the input raises MLflow's own, before the model is called.
            what = "fit the model" if model.raised else "hold what this server can read"
            return failure(
                Outcome.BAD_INPUT,
                error.get_http_status_code() if by_mlflow else 400,
                error.error_code if by_mlflow else "BAD_REQUEST",
                f"The input does not {what}",
                **self._told,
            )
        traceback.print_exception(model.raised, file=sys.stderr)
        return failure(
            Outcome.MODEL_ERROR,
            400,
            "BAD_REQUEST",
            f"The model raised {type(model.raised).__name__}",
        )


def failure(outcome: Outcome, status: int, code: str, message: str, **more: Any) -> Answer:
    """Return the answer to a request that failed, in the form of MLflow's.

    Args:
        outcome: how it ended.
        status: HTTP status.
        code: MLflow's error code.
        message: what a person is told.
        more: further fields.
    """
    body = json.dumps({"error_code": code, "message": message, **more})
    return Answer(outcome=outcome, status=status, body=body)


class _Watched:
    """A model for the time of one request, which remembers how far that came.

    Attributes:
        metadata: the model's.
        predicted: whether it returned predictions.
        raised: what it raised instead.
    """

    def __init__(self, model: PyFuncModel) -> None:
        self._model = model
        self.metadata = model.metadata
        self.predicted = False
        self.raised: Exception | None = None

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        try:
            predictions = self._model.predict(data, params=params)
        except Exception as error:
            self.raised = error
            raise
        self.predicted = True
        return predictions
