"""A large artifact goes up and comes down through the ingress, and is the same."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from mlflow.artifacts import download_artifacts
from mlflow.tracking import MlflowClient

SIZE_MB = 150
CHUNK = 1 << 20


def test_an_artifact_of_150_mb_comes_back_as_it_was(
    client: MlflowClient, experiment_id: str
) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    with tempfile.TemporaryDirectory() as directory:
        original = Path(directory, "large.bin")
        digest = write_random_file(original)
        client.log_artifact(run_id, str(original))
        original.unlink()
        downloaded = Path(
            download_artifacts(run_id=run_id, artifact_path=original.name, dst_path=directory)
        )
        assert downloaded.stat().st_size == SIZE_MB * 1_000_000
        with downloaded.open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == digest


def write_random_file(path: Path) -> str:
    """Write what no proxy can compress; return its SHA-256."""
    digest = hashlib.sha256()
    left = SIZE_MB * 1_000_000
    with path.open("wb") as file:
        while left:
            chunk = os.urandom(min(CHUNK, left))
            digest.update(chunk)
            left -= file.write(chunk)
    return digest.hexdigest()
