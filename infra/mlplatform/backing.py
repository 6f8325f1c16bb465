"""What MLflow stands on: a database and a store, the stack's own or external ones."""

from dataclasses import dataclass

import pulumi

from mlplatform import external, names, trust
from mlplatform.backends import Database, S3Key, Store
from mlplatform.certificates import Authority
from mlplatform.components.bucket import Bucket, BucketArgs
from mlplatform.components.bucket_check import BucketCheck, BucketCheckArgs
from mlplatform.components.credentials import Credentials
from mlplatform.components.minio import MINIO
from mlplatform.components.postgres import Postgres, PostgresArgs
from mlplatform.components.postgres_exporter import Monitor
from mlplatform.components.seaweedfs import SEAWEEDFS
from mlplatform.components.store_server import StoreServer, StoreServerArgs
from mlplatform.existing import Existing
from mlplatform.placement import Placement
from mlplatform.settings import Settings
from mlplatform.tls import Tls

_REGION = "us-east-1"
_PROGRAMS = {"minio": MINIO, "seaweedfs": SEAWEEDFS}


@dataclass(frozen=True, kw_only=True)
class Backing:
    """Declares a database and a store.

    Attributes:
        settings: the settings of the stack.
        existing: what the cluster has.
        placement: the stack.
        credentials: its passwords.
        tls: how its hosts are served.
        authority: its own authority; None where nobody needs one.
        postgres_image: image of Postgres.
        minio_image: image of the store.
        mlflow_image: image of the Jobs that prepare the store.
        prometheus_image: image with what tells of the database.
        awaited: whether the update waits for the bucket; otherwise MLflow does.
        opts: options of the components.
    """

    settings: Settings
    existing: Existing
    placement: Placement
    credentials: Credentials
    tls: Tls
    authority: Authority | None
    postgres_image: str
    minio_image: str
    mlflow_image: str
    prometheus_image: str
    awaited: bool
    opts: pulumi.ResourceOptions

    def database(self) -> Database:
        """Declare the stack's own Postgres, unless the settings name another."""
        if self.settings.external_postgres is not None:
            return external.database(self.settings, self.existing)
        return Postgres(
            "postgres",
            PostgresArgs(
                placement=self.placement,
                image=self.postgres_image,
                kept_claim=self.existing.claim(names.POSTGRES),
                storage=self.settings.postgres_storage,
                storage_class=self.settings.storage_class,
                password=self.credentials.postgres_password,
                replicas=self.settings.most_replicas,
                has_auth=self.settings.has_auth,
                authority=self.authority if self.settings.postgres_tls else None,
                monitor=None
                if self.credentials.monitor_password is None
                else Monitor(
                    image=self.prometheus_image, password=self.credentials.monitor_password
                ),
            ),
            self.opts,
        ).database

    def store(self) -> Store:
        """Declare the stack's own store with its bucket, or the check of another store."""
        if self.settings.external_s3 is not None:
            return self._external_store(self.settings.external_s3)
        return self._own_store()

    def _own_store(self) -> Store:
        server = StoreServer(
            "minio",
            _PROGRAMS[self.settings.store],
            StoreServerArgs(
                placement=self.placement,
                image=self.minio_image,
                kept_claim=self.existing.claim(names.MINIO),
                storage=self.settings.minio_storage,
                storage_class=self.settings.storage_class,
                root_user=self.credentials.minio_root_user,
                root_password=self.credentials.minio_root_password,
                access_key=self.credentials.s3_access_key,
                secret_key=self.credentials.s3_secret_key,
                authority=self.authority if self.settings.minio_tls else None,
            ),
            self.opts,
        )
        ca_file = trust.AUTHORITY_PATH if self.settings.minio_tls else None
        bucket = Bucket(
            "bucket",
            BucketArgs(
                placement=self.placement,
                image=self.mlflow_image,
                endpoint_url=server.endpoint_url,
                ca_file=ca_file,
                root=server.root,
                access_key=self.credentials.s3_access_key,
                secret_key=self.credentials.s3_secret_key,
                makes_user=self.settings.store == "minio",
                metrics_key=self.credentials.metrics_key if self.settings.store_tells else None,
                awaited=self.awaited,
            ),
            self.opts,
        )
        return Store(
            bucket=names.BUCKET,
            endpoint_url=server.endpoint_url,
            public_url=f"{self.tls.scheme}://{self.settings.hosts.minio}"
            if self.settings.minio_published
            else server.endpoint_url,
            region=_REGION,
            ca_file=ca_file,
            key=S3Key(secret=bucket.key),
            metrics_key=bucket.metrics_key,
            ready=bucket,
        )

    def _external_store(self, endpoint_url: str) -> Store:
        settings = self.settings
        key = external.s3_key(settings, self.existing)
        check = BucketCheck(
            "bucket",
            BucketCheckArgs(
                placement=self.placement,
                image=self.mlflow_image,
                endpoint_url=endpoint_url,
                bucket=settings.external_s3_bucket,
                region=settings.external_s3_region,
                key=key,
            ),
            self.opts,
        )
        return Store(
            bucket=settings.external_s3_bucket,
            endpoint_url=endpoint_url,
            public_url=endpoint_url,
            region=settings.external_s3_region,
            ca_file=None,
            key=key,
            ready=check,
        )
