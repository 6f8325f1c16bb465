"""Where in the bucket an artifact is."""

from __future__ import annotations

import pytest

from smoke_tests.store import key_prefix


@pytest.mark.parametrize(
    ("artifact_uri", "prefix"),
    [
        ("mlflow-artifacts:/1/models/m-0a/artifacts", "artifacts/1/models/m-0a/artifacts/"),
        ("mlflow-artifacts:/1", "artifacts/1/"),
        ("s3://mlflow/artifacts/2/0b/artifacts/", "artifacts/2/0b/artifacts/"),
    ],
)
def test_an_artifact_location_is_a_place_in_the_bucket(artifact_uri: str, prefix: str) -> None:
    assert key_prefix(artifact_uri, "mlflow") == prefix


@pytest.mark.parametrize(
    "artifact_uri", ["s3://other/artifacts/1", "s3://mlflow/", "mlflow-artifacts:/", "file:///tmp"]
)
def test_a_place_that_is_not_inside_the_bucket_is_refused(artifact_uri: str) -> None:
    # Clean-up deletes everything below such a place.
    with pytest.raises(ValueError, match="is not a place in the bucket 'mlflow'"):
        key_prefix(artifact_uri, "mlflow")
