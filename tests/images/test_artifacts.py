import importlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
from mlflow.store.artifact import artifact_repo
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository

from images.names import ROOM
from mlplatform_server.artifacts import SCHEME, ProxiedS3ArtifactRepository


class Store:
    """The part of an S3 client that MLflow uses, over a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def upload_file(self, **call: Any) -> None:
        self.objects[call["Bucket"], call["Key"]] = Path(call["Filename"]).read_bytes()

    def download_file(self, bucket: str, key: str, path: str) -> None:
        Path(path).write_bytes(self.objects[bucket, key])

    def delete_objects(self, **call: Any) -> None:
        for entry in call["Delete"]["Objects"]:
            del self.objects[call["Bucket"], entry["Key"]]

    def get_paginator(self, _operation: str) -> "Store":
        return self

    def paginate(self, **call: Any) -> list[dict[str, Any]]:
        found = [
            {"Key": key, "Size": len(content)}
            for (bucket, key), content in self.objects.items()
            if bucket == call["Bucket"] and key.startswith(call["Prefix"])
        ]
        return [{"Contents": found}]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr(S3ArtifactRepository, "_get_s3_client", lambda _self: store)
    return store


@pytest.fixture
def repository() -> ProxiedS3ArtifactRepository:
    return ProxiedS3ArtifactRepository(f"{SCHEME}://mlflow/artifacts")


@pytest.mark.parametrize(
    "capability",
    ["MultipartDownloadMixin", "MultipartUploadMixin", "PresignedUploadMixin"],
)
def test_the_server_has_nothing_to_send_a_client_to_the_store_with(
    capability: str, repository: ProxiedS3ArtifactRepository
) -> None:
    mixin = getattr(artifact_repo, capability)
    assert not isinstance(repository, mixin)
    assert issubclass(S3ArtifactRepository, mixin), "MLflow has changed: is this still needed?"


def test_files_lie_where_s3_destinations_have_them(
    store: Store, repository: ProxiedS3ArtifactRepository, tmp_path: Path
) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"weights")
    repository.log_artifact(file, "1/models")
    assert store.objects == {("mlflow", "artifacts/1/models/model.bin"): b"weights"}


def test_what_was_stored_is_listed_fetched_and_deleted(
    store: Store, repository: ProxiedS3ArtifactRepository, tmp_path: Path
) -> None:
    sent, fetched = tmp_path / "sent", tmp_path / "fetched"
    sent.mkdir()
    fetched.mkdir()
    (sent / "a.txt").write_text("a")
    repository.log_artifacts(str(sent), "run")
    assert [(info.path, info.file_size) for info in repository.list_artifacts("run")] == [
        ("run/a.txt", 1)
    ]
    repository.download_artifacts("run/a.txt", str(fetched))
    assert (fetched / "run/a.txt").read_text() == "a"
    repository.delete_artifacts("run")
    assert not store.objects


def test_mlflow_finds_the_class_by_the_scheme() -> None:
    project = tomllib.loads((ROOM / "mlflow/pyproject.toml").read_text())["project"]
    module, _, name = project["entry-points"]["mlflow.artifact_repository"][SCHEME].partition(":")
    assert getattr(importlib.import_module(module), name) is ProxiedS3ArtifactRepository
