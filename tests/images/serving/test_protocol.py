"""Every request is answered as MLflow's own server answers it, but for the list below."""

import io
import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
from mlflow.pyfunc.scoring_server import init

from tests.images.serving.asgi import ask
from tests.images.serving.models import (
    COLUMNS,
    PARAMS,
    TENSOR,
    Raises,
    Unwritable,
    application,
    model,
)

MODELS = {
    "columns": model(inputs=COLUMNS),
    "tensor": model(inputs=TENSOR),
    "params": model(inputs=COLUMNS, params=PARAMS),
    "no signature": model(),
    "raises": model(Raises(), inputs=COLUMNS),
    "unwritable": model(Unwritable(), inputs=COLUMNS),
}
FRAME = pd.DataFrame({"a": [1.5, -2.25], "b": [3, 4]})


def as_json(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def parquet() -> bytes:
    file = io.BytesIO()
    FRAME.to_parquet(file)
    return file.getvalue()


SPLIT = {"columns": ["a", "b"], "data": [[1.5, 3], [-2.25, 4]]}
JSON = "application/json"
REQUESTS: dict[str, tuple[bytes, str | None]] = {
    "split": (as_json(dataframe_split=SPLIT), JSON),
    "split with an index": (as_json(dataframe_split={**SPLIT, "index": [7, 9]}), JSON),
    "records": (as_json(dataframe_records=[{"a": 1.5, "b": 3}, {"a": 0.1, "b": 4}]), JSON),
    "instances of objects": (as_json(instances=[{"a": 1.5, "b": 3}]), JSON),
    "instances of arrays": (as_json(instances=[[1.5, 3.0], [2.0, 4.0]]), JSON),
    "inputs by column": (as_json(inputs={"a": [1.5], "b": [3]}), JSON),
    "inputs as an array": (as_json(inputs=[[1.5, 3.0], [2.0, 4.0]]), JSON),
    "params": (as_json(dataframe_split=SPLIT, params={"scale": 2.5}), JSON),
    "unknown params": (as_json(dataframe_split=SPLIT, params={"canary": 2}), JSON),
    "params of another type": (as_json(dataframe_split=SPLIT, params={"scale": "canary"}), JSON),
    "a charset": (as_json(dataframe_split=SPLIT), f"{JSON}; charset=UTF-8"),
    "another charset": (as_json(dataframe_split=SPLIT), f"{JSON}; charset=latin-1"),
    "an unknown parameter": (as_json(dataframe_split=SPLIT), f"{JSON}; version=2"),
    "csv": (FRAME.to_csv(index=False).encode(), "text/csv"),
    "csv with other columns": (b"x,y\n1,2\n", "text/csv"),
    "csv that is none": (b'a,b\n"canary', "text/csv"),
    "csv that is no text": (b"a,b\n\xff,1", "text/csv"),
    "no csv at all": (b"", "text/csv"),
    "parquet": (parquet(), "application/vnd.apache.parquet"),
    "parquet that is none": (b"canary", "application/vnd.apache.parquet"),
    "another type": (b"canary", "text/plain"),
    "xml": (b"<canary/>", "application/xml"),
    "an empty type": (as_json(dataframe_split=SPLIT), ""),
    "no type": (as_json(dataframe_split=SPLIT), None),
    "nothing": (b"", JSON),
    "no json": (b'{"canary', JSON),
    "no utf-8": (b'{"inputs": "\xff"}', JSON),
    "a list": (as_json()[:-2] + b"[1]", JSON),
    "a number": (b"4711", JSON),
    "null": (b"null", JSON),
    "no field": (b"{}", JSON),
    "two fields": (as_json(inputs=[1], instances=[1]), JSON),
    "an unknown field": (as_json(canary=[1]), JSON),
    "a column too few": (as_json(dataframe_split={"columns": ["a"], "data": [[1.5]]}), JSON),
    "a column too many": (
        as_json(dataframe_split={"columns": ["a", "b", "z"], "data": [[1.5, 2, 3]]}),
        JSON,
    ),
    "text for a number": (as_json(dataframe_records=[{"a": "canary", "b": 1}]), JSON),
    "a fraction for an integer": (as_json(dataframe_records=[{"a": 1.0, "b": 1.5}]), JSON),
    "null for a number": (as_json(dataframe_records=[{"a": None, "b": 1}]), JSON),
    "rows of unequal length": (as_json(dataframe_split={**SPLIT, "data": [[1], [1, 2, 3]]}), JSON),
    "split that is a list": (as_json(dataframe_split=[1, 2]), JSON),
    "split that is text": (as_json(dataframe_split="canary"), JSON),
    "records that are text": (as_json(dataframe_records="canary"), JSON),
    "instances that are text": (as_json(instances="canary"), JSON),
    "instances that are null": (as_json(instances=None), JSON),
    "inputs that are null": (as_json(inputs=None), JSON),
    "inputs of unequal length": (as_json(inputs=[[1.0], [1.0, 2.0]]), JSON),
    "no rows": (as_json(dataframe_split={"columns": ["a", "b"], "data": []}), JSON),
    "not a number": (b'{"dataframe_records": [{"a": NaN, "b": 1}]}', JSON),
    "infinity": (b'{"dataframe_records": [{"a": Infinity, "b": 1}]}', JSON),
    "a chat": (as_json(messages=[{"role": "user", "content": "canary"}]), JSON),
    "deeply nested": (b'{"inputs": ' + b"[" * 3000 + b"]" * 3000 + b"}", JSON),
}


@dataclass(frozen=True)
class Deviation:
    """Where we answer with another status, and why."""

    theirs: int
    ours: int
    why: str


DEVIATIONS = {
    "no type": Deviation(500, 415, "MLflow falls over a missing Content-Type"),
    "deeply nested": Deviation(500, 400, "MLflow falls over it; the fault is the input's"),
}
# Besides these, on purpose: the texts of errors (no stack trace, nothing of the input; see
# test_an_error_tells_nothing_of_the_input), errors of MLflow's that are no JSON but for 415, the
# answers 401, 413 and 503, and no /docs, /redoc, /openapi.json: see test_application.py.


def both(name: str, request: str) -> tuple[Any, Any]:
    body, content_type = REQUESTS[request]
    headers = {} if content_type is None else {"Content-Type": content_type}
    theirs, (ours, _) = init(MODELS[name]), application(MODELS[name])
    return ask(theirs, body=body, headers=headers), ask(ours, body=body, headers=headers)


@pytest.mark.parametrize("request_name", REQUESTS)
@pytest.mark.parametrize("model_name", MODELS)
def test_the_answer_is_mlflows_but_for_the_list(model_name: str, request_name: str) -> None:
    theirs, ours = both(model_name, request_name)
    deviation = DEVIATIONS.get(request_name)
    if deviation:
        assert (theirs.status, ours.status) == (deviation.theirs, deviation.ours)
        return
    assert ours.status == theirs.status
    if theirs.status < 400 or theirs.status == 415:
        assert ours.headers["content-type"] == theirs.headers["content-type"]
        assert ours.body == theirs.body
    else:
        assert ours.headers["content-type"] == "application/json"
        of_mlflow = theirs.json["error_code"] if theirs.status != 500 else "INTERNAL_ERROR"
        assert ours.json["error_code"] == of_mlflow


@pytest.mark.parametrize("request_name", REQUESTS)
@pytest.mark.parametrize("model_name", MODELS)
def test_an_error_tells_nothing_of_the_input(model_name: str, request_name: str) -> None:
    body, content_type = REQUESTS[request_name]
    headers = {} if content_type is None else {"Content-Type": content_type}
    ours = ask(application(MODELS[model_name], schema_details=True)[0], body=body, headers=headers)
    if ours.status >= 400 and ours.status != 415:
        assert b"canary" not in ours.body
        assert b"Traceback" not in ours.body
        assert ours.json.keys() <= {"error_code", "message", "schema"}
