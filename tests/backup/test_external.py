"""A database that is not the stack's: left to its owner, with the way to dump it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backup import database, stack
from smoke_tests.namespace import Namespace
from smoke_tests.settings import load_settings
from tests.infra.conftest import recorded
from tests.smoke.test_settings import COMPLETE
from toolchain.process import Failed

NAMESPACE = Namespace("team", "mlplatform-team")
OWN = load_settings(COMPLETE)


def test_the_stacks_own_database_is_backed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "get", lambda *_: pytest.fail("nothing has to be asked"))
    database.require_own(OWN, NAMESPACE)


def test_for_a_database_of_others_the_commands_that_dump_and_restore_it_are_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deployment = recorded("external").one("Deployment", "mlflow-server").object
    monkeypatch.setattr(stack, "get", lambda *_: [deployment])
    with pytest.raises(Failed) as refusal:
        database.require_own(replace(OWN, external=frozenset({"postgres"})), NAMESPACE)
    said = str(refusal.value)
    server = "--host=db.example.com --port=6432 --username=USER --no-owner"
    assert f"pg_dump {server} --format=custom --file=mlflow.dump team\n" in said
    assert f"pg_restore {server} --clean --if-exists --dbname=team mlflow.dump\n" in said
    inside = "kubectl --context=team --namespace=mlplatform-team create job"
    assert f"{inside} --from=cronjob/backup now" in said
