"""What the CronJob leaves of earlier backups."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from mlplatform_server.backup import __main__ as schedule
from mlplatform_server.backup.manifest import DATABASE, MANIFEST, load
from mlplatform_server.backup.places import Directory
from tests.backup.conftest import Store
from tests.processes import MinioServer

WHOLE = ["2026-11-01T03-00-00Z", "2026-11-02T03-00-00Z", "2026-11-03T03-00-00Z"]
INTERRUPTED = "2026-11-04T03-00-00Z"


@pytest.fixture
def root(tmp_path: Path) -> Directory:
    place = Directory(tmp_path / "backups")
    for name in WHOLE:
        place.below(name).write(DATABASE, io.BytesIO(b"dump"))
        place.below(name).seal(MANIFEST, b"{}")
    place.below(INTERRUPTED).write(DATABASE, io.BytesIO(b"half a d"))
    place.write("notes/of a person", io.BytesIO(b"keep"))
    return place


def test_the_newest_backups_stay_and_interrupted_ones_go(root: Directory) -> None:
    assert schedule.prune(root, keep=2) == [WHOLE[0], INTERRUPTED]
    assert root.names() == [
        *(f"{name}/{file}" for name in WHOLE[1:] for file in (DATABASE, MANIFEST)),
        "notes/of a person",
    ]


def test_the_job_makes_a_backup_of_what_its_environment_names(
    root: Directory,
    store: Store,
    minio_server: MinioServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = store.made()
    store.s3.put_object(Bucket=bucket, Key="artifacts/a", Body=b"a")
    (tmp_path / "database").write_bytes(b"PGDMP")
    (tmp_path / "database.facts").write_text(
        'pg_dump: warning: something\n{"postgres": "17", "schema": "abc",'
        ' "artifact_root": "mlflow-artifacts:/0", "rows": {"experiments": 3}}\n'
    )
    variables = {
        "BACKUP_TO": str(root),
        "BACKUP_KEEP": "1",
        "DUMP": str(tmp_path / "database"),
        "MLFLOW_IMAGE": "mlflow:3.17.2",
        "S3_ENDPOINT_URL": minio_server.endpoint_url,
        "BUCKET": bucket,
        "S3_ACCESS_KEY": minio_server.user,
        "S3_SECRET_KEY": minio_server.password,
        "S3_REGION": "us-east-1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    schedule.main()
    (made,) = {name.split("/")[0] for name in root.names()} - {"notes"}
    manifest = load(root.below(made))
    assert list(manifest.objects) == ["artifacts/a"]
    assert manifest.facts.rows == {"experiments": 3}


def test_a_dump_without_facts_makes_no_backup_and_deletes_none(
    root: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "database").write_bytes(b"PGD")
    (tmp_path / "database.facts").write_text("pg_dump: error: connection lost\n")
    for name in (
        "MLFLOW_IMAGE",
        "S3_ENDPOINT_URL",
        "BUCKET",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
    ):
        monkeypatch.setenv(name, "http://unused")
    monkeypatch.setenv("S3_REGION", "us-east-1")
    monkeypatch.setenv("BACKUP_TO", str(root))
    monkeypatch.setenv("BACKUP_KEEP", "1")
    monkeypatch.setenv("DUMP", str(tmp_path / "database"))
    with pytest.raises(SystemExit, match="connection lost"):
        schedule.main()
    assert {name for name in WHOLE if f"{name}/{MANIFEST}" in root.names()} == set(WHOLE)
