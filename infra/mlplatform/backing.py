"""What MLflow stands on: a database and a store, the stack's own or external ones."""

import pulumi

from mlplatform import external, names
from mlplatform.backends import Database, S3Key, Store
from mlplatform.components.bucket import Bucket, BucketArgs
from mlplatform.components.bucket_check import BucketCheck, BucketCheckArgs
from mlplatform.components.credentials import Credentials
from mlplatform.components.minio import Minio
from mlplatform.components.postgres import Postgres, PostgresArgs
from mlplatform.components.seaweedfs import Seaweedfs
from mlplatform.components.store_server import StoreServerArgs
from mlplatform.existing import Existing
from mlplatform.placement import Placement
from mlplatform.settings import Settings

_REGION = "us-east-1"


def database(
    settings: Settings,
    existing: Existing,
    placement: Placement,
    credentials: Credentials,
    image: str,
    opts: pulumi.ResourceOptions,
) -> Database:
    """Declare the stack's own Postgres, unless the settings name another.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
        placement: the stack.
        credentials: its passwords.
        image: image of Postgres.
        opts: options of the component.
    """
    if settings.external_postgres is not None:
        return external.database(settings, existing)
    return Postgres(
        "postgres",
        PostgresArgs(
            placement=placement,
            image=image,
            kept_claim=existing.claim(names.POSTGRES),
            storage=settings.postgres_storage,
            storage_class=settings.storage_class,
            password=credentials.postgres_password,
            replicas=settings.most_replicas,
        ),
        opts,
    ).database


def store(
    settings: Settings,
    existing: Existing,
    placement: Placement,
    credentials: Credentials,
    images: tuple[str, str],
    opts: pulumi.ResourceOptions,
) -> Store:
    """Declare the stack's own MinIO with its bucket, or the check of another store.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
        placement: the stack.
        credentials: its passwords.
        images: image of MinIO, image of MLflow.
        opts: options of the components.
    """
    minio_image, mlflow_image = images
    if settings.external_s3 is not None:
        key = external.s3_key(settings, existing)
        check = BucketCheck(
            "bucket",
            BucketCheckArgs(
                placement=placement,
                image=mlflow_image,
                endpoint_url=settings.external_s3,
                bucket=settings.external_s3_bucket,
                region=settings.external_s3_region,
                key=key,
            ),
            opts,
        )
        return Store(
            bucket=settings.external_s3_bucket,
            endpoint_url=settings.external_s3,
            public_url=settings.external_s3,
            address=None,
            region=settings.external_s3_region,
            key=key,
            ready=check,
        )
    minio = _own_store(settings, existing, placement, credentials, minio_image, opts)
    bucket = Bucket(
        "bucket",
        BucketArgs(
            placement=placement,
            image=mlflow_image,
            endpoint_url=minio.endpoint_url,
            root=minio.root,
            access_key=credentials.s3_access_key,
            secret_key=credentials.s3_secret_key,
            makes_user=settings.store == "minio",
        ),
        opts,
    )
    return Store(
        bucket=names.BUCKET,
        endpoint_url=minio.endpoint_url,
        public_url=f"http://{settings.hosts.minio}"
        if settings.minio_published
        else minio.endpoint_url,
        address=minio.cluster_ip,
        region=_REGION,
        key=S3Key(secret=bucket.key),
        ready=bucket,
    )


def _own_store(
    settings: Settings,
    existing: Existing,
    placement: Placement,
    credentials: Credentials,
    image: str,
    opts: pulumi.ResourceOptions,
) -> Minio | Seaweedfs:
    """Declare the store that the settings choose."""
    component = Seaweedfs if settings.store == "seaweedfs" else Minio
    return component(
        "minio",
        StoreServerArgs(
            placement=placement,
            image=image,
            kept_claim=existing.claim(names.MINIO),
            storage=settings.minio_storage,
            storage_class=settings.storage_class,
            root_user=credentials.minio_root_user,
            root_password=credentials.minio_root_password,
            access_key=credentials.s3_access_key,
            secret_key=credentials.s3_secret_key,
        ),
        opts,
    )
