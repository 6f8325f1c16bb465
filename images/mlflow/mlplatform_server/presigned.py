"""Artifacts that clients fetch from the store themselves, by URLs that the server signs."""

import os
from typing import TYPE_CHECKING, Any

from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository, _get_s3_client

if TYPE_CHECKING:
    from botocore.client import BaseClient

SCHEME = "s3-presigned"


class PresignedS3ArtifactRepository(S3ArtifactRepository):
    """MLflow's own repository, at `s3-presigned://<bucket>/<path>`.

    MLflow 3.17.2 signs for the address that it reaches the store by, and has no setting for
    another: an S3 signature holds for one host. Clients reach the store by its public address,
    which need not lead anywhere from inside the cluster; signing asks nobody.
    """

    def __init__(
        self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
    ) -> None:
        """Take the place of the repository that MLflow would have for `s3://`.

        Args:
            artifact_uri: bucket and path, `s3-presigned://<bucket>/<path>`.
            tracking_uri: handed on.
            registry_uri: handed on.
        """
        super().__init__(
            f"s3{artifact_uri.removeprefix(SCHEME)}",
            tracking_uri=tracking_uri,
            registry_uri=registry_uri,
        )

    def _get_s3_client(self) -> "BaseClient":
        client: Any = super()._get_s3_client()
        signer = _get_s3_client(s3_endpoint_url=os.environ["MLPLATFORM_S3_PUBLIC_URL"])
        client.generate_presigned_url = signer.generate_presigned_url
        return client
