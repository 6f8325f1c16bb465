"""Which stacks are filled, and with which Job the schema is upgraded."""

from __future__ import annotations

from typing import Any

import pytest

from backup import migration, restore
from mlplatform_server.backup.manifest import Facts, File, Manifest
from smoke_tests.namespace import Namespace
from toolchain.process import Failed

NAMESPACE = Namespace("minikube", "mlplatform-new")
FRESH = {"alembic_version": 1, "workspaces": 1, "experiments": 1, "runs": 0}


def backup(**facts: Any) -> Manifest:
    known = {"postgres": "17", "schema": "abc", "artifact_root": "mlflow-artifacts:/0", "rows": {}}
    return Manifest(
        made="2026-11-25T03-00-00Z",
        mlflow="mlflow:3.17.2",
        facts=Facts(**(known | facts)),
        database=File(size=1, sha256="aa"),
        objects={"artifacts/a": File(size=1, sha256="bb")},
    )


class Bucket:
    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def sizes(self) -> dict[str, int]:
        return dict.fromkeys(self.keys, 1)


def require(
    monkeypatch: pytest.MonkeyPatch, rows: dict[str, int], *keys: str, root: str = "0"
) -> None:
    facts = Facts(
        postgres="17", schema="abc", artifact_root=f"mlflow-artifacts:/{root}", rows=FRESH | rows
    )
    monkeypatch.setattr(restore.database, "facts", lambda _: facts)
    monkeypatch.setattr(restore, "bucket", lambda _: Bucket(*keys))
    monkeypatch.setattr(Namespace, "execute", lambda *_, **__: "")
    restore._require_just_made(None, NAMESPACE, backup())  # type: ignore[arg-type]


def test_a_stack_that_was_just_made_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    require(monkeypatch, {})
    require(monkeypatch, {}, "artifacts/a")  # from a restore of the same backup


@pytest.mark.parametrize(
    ("rows", "keys", "named"),
    [
        ({"experiments": 2}, (), "2 experiments"),
        ({"runs": 1}, (), "1 runs"),
        ({"of_a_later_release": 1}, (), "1 of_a_later_release"),
        ({}, ("artifacts/b",), "object artifacts/b"),
    ],
)
def test_a_stack_that_holds_anything_is_refused(
    rows: dict[str, int], keys: tuple[str, ...], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Failed, match=named):
        require(monkeypatch, rows, *keys)


def test_a_stack_that_keeps_artifacts_elsewhere_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Failed, match="setting `artifacts`"):
        require(monkeypatch, {}, root="elsewhere")


def test_the_restore_of_another_backup_is_not_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = backup()
    found = {restore.RESTORING: f"{mine.identity}.2"}
    monkeypatch.setattr(restore, "marked", lambda _, annotation: found.get(annotation))
    assert restore._going_on(NAMESPACE, mine) == 2
    with pytest.raises(Failed, match="another backup was interrupted"):
        restore._going_on(NAMESPACE, backup(schema="other"))


def test_the_schema_is_upgraded_by_a_copy_of_the_stacks_own_job() -> None:
    container = {"name": "migration", "image": "mlflow:3.17.2", "env": [{"name": "A"}]}
    label = "app.kubernetes.io/name"
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "migration-1", "uid": "1", "labels": {"controller-uid": "1"}},
        "spec": {
            "backoffLimit": 3,
            "activeDeadlineSeconds": 35,
            "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "1"}},
            "template": {
                "metadata": {
                    "labels": {
                        label: "migration",
                        "batch.kubernetes.io/controller-uid": "1",
                        "batch.kubernetes.io/job-name": "migration-1",
                        "job-name": "migration-1",
                    },
                    "annotations": {"mlplatform/backend-store": "f"},
                },
                "spec": {"containers": [container], "restartPolicy": "Never"},
            },
        },
        "status": {"succeeded": 1},
    }
    copy = migration._copy(job, migration.NAME)
    assert copy["metadata"]["name"] == migration.NAME
    assert "selector" not in copy["spec"]
    # The time grows with the data: there is no limit but the user's.
    assert "activeDeadlineSeconds" not in copy["spec"]
    assert copy["spec"]["template"]["metadata"]["labels"] == {label: "migration"}
    assert copy["spec"]["template"]["spec"]["containers"] == [container]
