"""A backup of a real MinIO, and what is found when something is wrong with it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlplatform_server.backup.bucket import Bucket
from mlplatform_server.backup.check import problems
from mlplatform_server.backup.give_back import give_back
from mlplatform_server.backup.manifest import (
    DATABASE,
    MANIFEST,
    USERS,
    Facts,
    load,
    object_name,
)
from mlplatform_server.backup.places import Directory, Place, Unusable, place
from mlplatform_server.backup.take import require_free, take
from tests.backup.conftest import OBJECTS, Store

FACTS = Facts(
    postgres="17.6", schema="abc", artifact_root="mlflow-artifacts:/0", rows={"experiments": 3}
)


@pytest.fixture(params=["directory", "s3"])
def root(
    request: pytest.FixtureRequest, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> Place:
    """Each place that a backup can be at."""
    if request.param == "directory":
        return place(str(tmp_path / "made" / "by it"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store.server.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", store.server.user)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", store.server.password)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return place(f"s3://{store.made()}/team/backup")


def back_up(bucket: Bucket, root: Place, facts: Callable[[], Facts] = lambda: FACTS) -> None:
    require_free(root)
    take(io.BytesIO(b"PGDMP and so on"), facts, bucket, root, mlflow="mlflow:3.17.2")


def test_users_are_part_of_a_backup_where_there_are_some(store: Store, root: Place) -> None:
    require_free(root)
    dump = io.BytesIO(b"PGDMP")
    take(dump, lambda: FACTS, store.filled(), root, mlflow="mlflow:3.17.2", users="CREATE TABLE")
    manifest = load(root)
    assert manifest.users is not None
    assert manifest.users.size == len("CREATE TABLE")
    assert root.open(USERS).read() == b"CREATE TABLE"
    assert problems(root, manifest) == []
    root.write(USERS, io.BytesIO(b"DROP   TABLE"))
    assert problems(root, manifest) == [
        "the database of users was changed: other bytes than when it was made"
    ]


def test_a_backup_of_before_there_were_users_is_still_whole(store: Store, root: Place) -> None:
    back_up(store.filled(), root)
    assert load(root).users is None
    assert b"users" not in root.open(MANIFEST).read()


def content(bucket: Bucket) -> dict[str, tuple[bytes, Any]]:
    found = {key: bucket.open(key) for key in bucket.sizes()}
    return {key: (one[0].read(), one[1]) for key, one in found.items() if one is not None}


def test_a_bucket_gets_back_what_was_backed_up(store: Store, root: Place) -> None:
    bucket, other = store.filled(), store.bucket(store.made())
    back_up(bucket, root)
    manifest = load(root)
    assert manifest.facts == FACTS
    assert problems(root, manifest) == []
    give_back(root, manifest, other)
    assert content(other) == content(bucket)
    assert {key: found[0] for key, found in content(other).items()} == OBJECTS


def test_a_backup_that_is_interrupted_is_none_and_its_place_can_be_used_again(
    store: Store, root: Place
) -> None:
    def interrupt() -> Facts:
        raise KeyboardInterrupt

    bucket = store.filled()
    with pytest.raises(KeyboardInterrupt):
        back_up(bucket, root, interrupt)
    with pytest.raises(Unusable, match="interrupted"):
        load(root)
    back_up(bucket, root)
    assert problems(root, load(root)) == []


def test_a_place_that_holds_a_backup_is_not_overwritten(store: Store, root: Place) -> None:
    back_up(store.filled(), root)
    with pytest.raises(Unusable, match="holds a backup already"):
        require_free(root)


def test_a_place_that_holds_something_else_is_left_alone(root: Place) -> None:
    root.write("thesis.tex", io.BytesIO(b"all of it"))
    with pytest.raises(Unusable, match=r"holds something else: thesis\.tex"):
        require_free(root)
    assert root.names() == ["thesis.tex"]


def test_what_is_truncated_or_changed_is_named(store: Store, root: Place) -> None:
    back_up(store.filled(), root)
    root.write(DATABASE, io.BytesIO(b"PGDMP and so 0n"))
    root.write(object_name("artifacts/1/model.bin"), io.BytesIO(b"0123"))
    assert problems(root, load(root)) == [
        "the database was changed: other bytes than when it was made",
        "object artifacts/1/model.bin has 4 bytes, and had 10,000",
    ]


def test_an_object_that_is_missing_is_named(store: Store, tmp_path: Path) -> None:
    root = Directory(tmp_path)
    back_up(store.filled(), root)
    (tmp_path / object_name("artifacts/1/empty")).unlink()
    (problem,) = problems(root, load(root))
    assert problem.startswith("object artifacts/1/empty is missing")


def test_a_manifest_that_was_changed_is_refused(store: Store, tmp_path: Path) -> None:
    root = Directory(tmp_path)
    back_up(store.filled(), root)
    file = tmp_path / MANIFEST
    file.write_text(file.read_text().replace("artifacts/1/empty", "artifacts/1/other"))
    with pytest.raises(Unusable, match="was changed"):
        load(root)


def test_a_changed_object_is_not_given_back(store: Store, tmp_path: Path) -> None:
    root = Directory(tmp_path)
    back_up(store.filled(), root)
    (tmp_path / object_name("artifacts/1/model.bin")).write_bytes(b"9" * 10_000)
    other = store.bucket(store.made())
    with pytest.raises(Unusable, match=r"model\.bin is not what it was"):
        give_back(root, load(root), other)
    assert "artifacts/1/model.bin" not in other.sizes()


def test_what_was_given_back_before_an_interruption_is_not_sent_again(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Directory(tmp_path)
    back_up(store.filled(), root)
    other = store.bucket(store.made())
    give_back(root, load(root), other)
    capsys.readouterr()
    give_back(root, load(root), other)
    assert "0 objects: 0 B" in capsys.readouterr().err


def test_an_object_deleted_meanwhile_is_not_part_of_the_backup(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket, root = store.filled(), Directory(tmp_path)
    monkeypatch.setattr(bucket, "sizes", lambda: {"gone": 5, "artifacts/1/empty": 0})
    back_up(bucket, root)
    assert list(load(root).objects) == ["artifacts/1/empty"]


@pytest.mark.parametrize("text", ["", "ftp://host/path", "s3://"])
def test_a_place_that_is_neither_directory_nor_bucket_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        place(text)
