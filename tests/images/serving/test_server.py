"""The process: what it refuses to serve, and that it serves what it loaded."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow.pyfunc
import numpy as np
import pandas as pd
import pytest
import requests
import yaml
from mlflow import sklearn as flavor
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression

from mlplatform_server.serving import __main__ as server
from mlplatform_server.serving import fetch
from mlplatform_server.serving.pin import Pin
from mlplatform_server.waiting import FAILED_FOR_GOOD
from smoke_tests.wait import wait_until
from tests.images.serving.models import PIN
from tests.processes import unused_port

FRAME = pd.DataFrame(np.random.default_rng(1).random((20, 3)), columns=["a", "b", "c"])
EXAMPLE = {"dataframe_split": FRAME.head(2).to_dict(orient="split", index=False)}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of scikit-learn with an example."""
    directory = tmp_path_factory.mktemp("made") / "model"
    regression = LinearRegression().fit(FRAME, FRAME["a"] / 3)
    flavor.save_model(
        regression,
        directory,
        signature=infer_signature(FRAME, regression.predict(FRAME)),
        pip_requirements=["scikit-learn==1.9.1"],
    )
    (directory / "serving_input_example.json").write_text(json.dumps(EXAMPLE))
    return directory


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return shutil.copytree(made, tmp_path / "model")


def refusal(directory: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        server.scorer(directory)
    assert ended.value.code == FAILED_FOR_GOOD
    return capsys.readouterr().err.splitlines()[-1]


def test_a_model_that_cannot_be_loaded_is_named_in_the_last_line(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / "model.skops").write_bytes(b"")
    assert refusal(directory, capsys).startswith("It cannot be loaded: ")


def test_a_model_that_fails_its_own_example_is_not_served(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / "serving_input_example.json").write_text('{"inputs": {"z": [1]}}')
    assert refusal(directory, capsys).startswith("It fails its own example: ")


def test_a_model_without_an_example_is_served(directory: Path) -> None:
    (directory / "serving_input_example.json").unlink()
    assert server.scorer(directory)


def test_a_model_of_another_python_is_refused(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = directory / "MLmodel"
    facts = yaml.safe_load(file.read_text())
    facts["flavors"]["python_function"]["python_version"] = "3.9.1"
    file.write_text(yaml.safe_dump(facts))
    here = ".".join(platform.python_version_tuple()[:2])
    assert refusal(directory, capsys) == (
        f"Other requirements: it was made with Python 3.9, this is {here}"
    )


@contextmanager
def served(model: Path, log: Path) -> Iterator[str]:
    """A server of a model, as a process that ends when it is asked to."""
    port, metrics_port = unused_port(), unused_port()
    program = (
        "from mlplatform_server.serving import __main__ as s;"
        f"s.PORT, s.METRICS_PORT = {port}, {metrics_port}; s.main()"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": "images/mlflow",
        "MODEL_PIN": PIN.text(),
        "MODEL_DIRECTORY": str(model),
        "MODEL_BODY_LIMIT": "1000000",
        "MODEL_TIMEOUT_S": "5",
        "MODEL_TOKEN": "secret",
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", program], env=environment, stdout=output, stderr=output
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(
            lambda: requests.get(f"{url}/ping", timeout=2).ok,
            timeout_s=60,
            describe=f"the server is ready; its log is {log}",
        )
        yield url
        process.terminate()
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()


@pytest.fixture
def address(made: Path, tmp_path: Path) -> Iterator[str]:
    """A server of the model."""
    with served(made, tmp_path / "log") as url:
        yield url


HANGING = """
import threading
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

class Hanging(PythonModel):
    def predict(self, context, model_input, params=None):
        threading.Event().wait()

set_model(Hanging())
"""


def test_a_prediction_that_hangs_does_not_keep_the_server_from_ending(tmp_path: Path) -> None:
    (tmp_path / "hanging.py").write_text(HANGING)
    mlflow.pyfunc.save_model(
        tmp_path / "model", python_model=str(tmp_path / "hanging.py"), pip_requirements=[]
    )
    with served(tmp_path / "model", tmp_path / "log") as url:
        said = requests.post(
            f"{url}/invocations",
            json={"inputs": [1]},
            headers={"Authorization": "Bearer secret"},
            timeout=20,
        )
        assert said.status_code == 504


def test_a_client_gets_what_the_model_predicts_to_the_last_bit(made: Path, address: str) -> None:
    said = requests.post(
        f"{address}/invocations",
        json={"dataframe_split": FRAME.to_dict(orient="split", index=False)},
        headers={"Authorization": "Bearer secret"},
        timeout=10,
    )
    expected = mlflow.pyfunc.load_model(str(made)).predict(FRAME)
    assert said.json()["predictions"] == list(expected)
    assert "server" not in said.headers


def test_files_are_fetched_once_for_each_pin(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "pod/model"
    target.parent.mkdir()
    monkeypatch.setenv("MODEL_DIRECTORY", str(target))
    monkeypatch.setenv("MODEL_PIN", Pin(name="wine", version="1", source=str(made)).text())
    fetch.main()
    assert (target / "MLmodel").read_text() == (made / "MLmodel").read_text()
    (target / "MLmodel").write_text("as it was left")
    fetch.main()
    assert (target / "MLmodel").read_text() == "as it was left"


def test_files_that_are_no_model_are_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "other").touch()
    monkeypatch.setenv("MODEL_DIRECTORY", str(tmp_path / "model"))
    monkeypatch.setenv("MODEL_PIN", Pin(name="wine", version="1", source=str(source)).text())
    with pytest.raises(SystemExit) as ended:
        fetch.main()
    assert ended.value.code == FAILED_FOR_GOOD
