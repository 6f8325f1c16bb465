"""Artifacts that travel through the server, whole, on their way to and from an S3 store."""

from pathlib import Path

from mlflow.entities import FileInfo
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository

SCHEME = "s3-proxied"


class ProxiedS3ArtifactRepository(ArtifactRepository):
    """An S3 store behind MLflow's artifact proxy, at `s3-proxied://<bucket>/<path>`.

    MLflow 3.17.2 sends every client of a server whose destination is `s3://` to the store itself,
    by URLs that it signs for the address it uses inside the cluster, and has no setting against it:
    the server offers what the class of the repository can do. This class can do nothing but store
    and fetch, so the server offers neither multipart transfers nor signed URLs, and a client needs
    nothing but the tracking URI.
    """

    def __init__(
        self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
    ) -> None:
        """Take the place of the repository that MLflow would have for `s3://`.

        Args:
            artifact_uri: bucket and path, `s3-proxied://<bucket>/<path>`.
            tracking_uri: handed on.
            registry_uri: handed on.
        """
        super().__init__(artifact_uri, tracking_uri, registry_uri)
        self._store = S3ArtifactRepository(
            f"s3{artifact_uri.removeprefix(SCHEME)}",
            tracking_uri=tracking_uri,
            registry_uri=registry_uri,
        )

    def log_artifact(self, local_file: str | Path, artifact_path: str | None = None) -> None:
        """Store one file."""
        self._store.log_artifact(local_file, artifact_path)

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        """Store a directory."""
        self._store.log_artifacts(local_dir, artifact_path)

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """List the files and directories right below a path."""
        return self._store.list_artifacts(path)

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Delete what is below a path."""
        self._store.delete_artifacts(artifact_path)

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        self._store._download_file(remote_file_path, local_path)
