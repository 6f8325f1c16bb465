"""The database of others, asked by a program in MLflow's pod."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from smoke_tests.database import query
from smoke_tests.namespace import Namespace


@pytest.fixture
def namespace(database: str, monkeypatch: pytest.MonkeyPatch) -> Namespace:
    """A stack on an external database; what is executed in its pod runs here."""

    def execute(
        _namespace: Namespace,
        workload: str,
        command: Sequence[str],
        *,
        stdin: str,
        timeout_s: float,
    ) -> str:
        assert workload == "deployment/mlflow-server"
        return subprocess.run(
            [sys.executable, *command[1:]],
            env={"MLFLOW_BACKEND_STORE_URI": database},
            input=stdin,
            check=True,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        ).stdout

    monkeypatch.setattr(Namespace, "execute", execute)
    return Namespace("minikube", "mlplatform-dev", has_database=False)


def test_rows_come_as_text_and_null_as_nothing(namespace: Namespace) -> None:
    assert query(namespace, "select 1, null, 'a' union all select 2, 3, 'b' order by 1") == [
        ["1", "", "a"],
        ["2", "3", "b"],
    ]


def test_variables_arrive_as_they_are_and_per_cent_signs_stay(namespace: Namespace) -> None:
    statement = "begin; select format('%s', :'label' || '%'); commit"
    assert query(namespace, statement, label="it's") == []
    assert query(namespace, "select :'label' || '%'", label="it's") == [["it's%"]]
