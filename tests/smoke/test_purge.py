"""Removing for good never reaches beyond what was named."""

from __future__ import annotations

import pytest

from smoke_tests.namespace import Namespace
from smoke_tests.purge import purge

NAMESPACE = Namespace("no-such-context", "mlplatform-dev")
NAMED = {"experiment_ids": ["1"], "run_ids": ["0a"], "model_ids": ["m-0b"]}


@pytest.mark.parametrize("missing", NAMED)
def test_an_empty_list_is_refused_because_it_would_mean_everything(missing: str) -> None:
    with pytest.raises(ValueError, match="is empty"):
        purge(NAMESPACE, **NAMED | {missing: []})


def test_the_ids_are_arguments_and_the_databases_password_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executed: list[tuple[str, list[str], str]] = []

    def record(
        _: Namespace, workload: str, command: list[str], *, stdin: str, timeout_s: float = 1
    ) -> str:
        assert timeout_s > 0
        executed.append((workload, command, stdin))
        return ""

    monkeypatch.setattr(Namespace, "execute", record)
    purge(NAMESPACE, **NAMED | {"run_ids": ["0a", "0c"]})
    (server, collect, script), (database, psql, statement) = executed
    assert (server, database) == ("deployment/mlflow-server", "statefulset/postgres")
    assert collect[2:] == ["--experiment-ids=1", "--run-ids=0a,0c", "--logged-model-ids=m-0b"]
    assert 'os.environ["MLFLOW_BACKEND_STORE_URI"]' in script
    assert psql[-1] == "--set=run_ids=0a,0c"
    assert statement.startswith("delete from inputs where source_id = any(")
