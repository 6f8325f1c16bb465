"""A whole stack: which components there are, and what each one is told of the others."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi_kubernetes import Provider

from mlplatform import names, upgrades
from mlplatform.artifacts import ROUTES
from mlplatform.components.backup import Backup, BackupArgs, Store, Volume
from mlplatform.components.bucket import Bucket, BucketArgs
from mlplatform.components.credentials import Credentials, CredentialsArgs
from mlplatform.components.ingress import Ingress, IngressArgs, PublicHost
from mlplatform.components.migration import Migration, MigrationArgs
from mlplatform.components.minio import Minio, MinioArgs
from mlplatform.components.mlflow import Mlflow, MlflowArgs
from mlplatform.components.namespace import Namespace, NamespaceArgs
from mlplatform.components.postgres import USER, Postgres, PostgresArgs
from mlplatform.existing import Existing
from mlplatform.placement import Placement
from mlplatform.settings import Settings


def build(
    settings: Settings, existing: Existing, image_names: Callable[[str], Mapping[str, str]]
) -> dict[str, Any]:
    """Declare all resources of a stack.

    The order in which they are made follows from what they take from each other, save for data that
    have to be migrated.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
        image_names: returns the images made from images/ by part (postgres, minio, mlflow), as
            found in the registry it is called with; they are used where the settings name none.

    Returns:
        The outputs of the stack, by name.
    """
    images = image_names(settings.image_registry)
    postgres_image = _first(settings.postgres_image, images["postgres"])
    minio_image = _first(settings.minio_image, images["minio"])
    mlflow_image = _first(settings.mlflow_image, images["mlflow"])
    upgrades.refuse(settings, existing, mlflow_image)
    # A new server waits for the migration itself, so its start may overlap the Job. Where there are
    # data to migrate, it comes after the Job instead, which may take long.
    in_order = not settings.ephemeral or existing.mlflow_image not in (None, mlflow_image)

    cluster = Provider(
        "cluster",
        context=settings.context,
        # A Secret that is replaced is missing for a moment; one that is updated never is.
        enable_secret_mutable=True,
        # The next refresh asks the cluster that the state names, and takes what is not there for
        # deleted: a context that is refused (see ownership.py) must not get into the state.
        opts=pulumi.ResourceOptions(ignore_changes=["context"]),
    )
    in_cluster = pulumi.ResourceOptions(providers=[cluster])
    namespace = Namespace(
        "namespace",
        NamespaceArgs(
            stack=settings.stack,
            context=settings.context,
            existing=existing,
            artifacts=settings.artifacts,
            mlflow_image=mlflow_image,
            ephemeral=settings.ephemeral,
            expires_at=settings.expires_at,
        ),
        in_cluster,
    )
    credentials = Credentials(
        "credentials",
        CredentialsArgs(
            postgres_password=settings.postgres_password,
            minio_root_password=settings.minio_root_password,
            s3_secret_key=settings.s3_secret_key,
            webhook_key=existing.webhook_key,
        ),
    )
    placement = Placement(
        stack=settings.stack,
        namespace=namespace.namespace_name,
        ephemeral=settings.ephemeral,
        fingerprint_key=credentials.fingerprint_key,
    )
    postgres = Postgres(
        "postgres",
        PostgresArgs(
            placement=placement,
            image=postgres_image,
            kept_claim=existing.claim(names.POSTGRES),
            storage=settings.postgres_storage,
            storage_class=settings.storage_class,
            password=credentials.postgres_password,
            replicas=settings.replicas,
        ),
        in_cluster,
    )
    minio = Minio(
        "minio",
        MinioArgs(
            placement=placement,
            image=minio_image,
            kept_claim=existing.claim(names.MINIO),
            storage=settings.minio_storage,
            storage_class=settings.storage_class,
            root_user=credentials.minio_root_user,
            root_password=credentials.minio_root_password,
        ),
        in_cluster,
    )
    bucket = Bucket(
        "bucket",
        BucketArgs(
            placement=placement,
            image=mlflow_image,
            endpoint_url=minio.endpoint_url,
            root=minio.root,
            access_key=credentials.s3_access_key,
            secret_key=credentials.s3_secret_key,
        ),
        in_cluster,
    )
    migration = Migration(
        "migration",
        MigrationArgs(
            placement=placement,
            context=settings.context,
            image=mlflow_image,
            running_image=existing.mlflow_image,
            backend_store=postgres.backend_store,
            artifact_root=ROUTES[settings.artifacts].root,
            # The bucket Job has run the image: nothing is stopped for one that does not start.
            after=[bucket] if in_order else [],
        ),
        in_cluster,
    )
    Mlflow(
        "mlflow",
        MlflowArgs(
            placement=placement,
            image=mlflow_image,
            replicas=settings.replicas,
            memory_limit=settings.mlflow_memory,
            artifacts=settings.artifacts,
            hosts=settings.hosts,
            backend_store=postgres.backend_store,
            s3_key=bucket.key,
            webhook_key=credentials.webhook_key,
            features=settings.mlflow_features,
            gateway_passphrase=credentials.gateway_passphrase,
            s3_endpoint_url=minio.endpoint_url,
            s3_address=minio.cluster_ip,
            quiesced_times=migration.quiesced.times,
            after=[bucket, migration] if in_order else [],
        ),
        in_cluster,
    )
    Ingress(
        "ingress",
        IngressArgs(
            placement=placement,
            ingress_class=settings.ingress_class,
            public_hosts=[
                PublicHost(host=settings.hosts.mlflow, service=names.MLFLOW, port="http"),
                PublicHost(host=settings.hosts.minio, service=names.MINIO, port="s3"),
            ],
        ),
        in_cluster,
    )
    if settings.backup_schedule is not None:
        Backup(
            "backup",
            BackupArgs(
                placement=placement,
                schedule=settings.backup_schedule,
                keep=settings.backup_keep,
                to=_place(settings, existing),
                postgres_image=postgres_image,
                mlflow_image=mlflow_image,
                database_password=postgres.password,
                database_user=USER,
                database_storage=settings.postgres_storage,
                s3_key=bucket.key,
                s3_endpoint_url=minio.endpoint_url,
            ),
            in_cluster,
        )
    return {
        "trackingUri": f"http://{settings.hosts.mlflow}",
        "s3EndpointUrl": f"http://{settings.hosts.minio}",
        "mlflowHost": settings.hosts.mlflow,
        "minioHost": settings.hosts.minio,
        "namespace": namespace.namespace_name,
        "context": settings.context,
        "bucket": names.BUCKET,
        "artifacts": settings.artifacts,
        "ephemeral": settings.ephemeral,
        "ingressClass": settings.ingress_class,
        "mlflowFeatures": ",".join(sorted(settings.mlflow_features)) or "none",
        **({} if settings.expires_at is None else {"expiresAt": settings.expires_at}),
        "s3AccessKey": credentials.s3_access_key,
        "s3SecretKey": credentials.s3_secret_key,
    }


def _place(settings: Settings, existing: Existing) -> Volume | Store:
    """Where the stack's own backups go."""
    if settings.backup_to is None:
        return Volume(
            kept_claim=existing.claim(names.BACKUP),
            storage=settings.backup_storage,
            storage_class=settings.storage_class,
        )
    return Store(
        location=settings.backup_to,
        endpoint_url=settings.backup_endpoint,
        access_key=settings.backup_access_key or "",
        secret_key=settings.backup_secret_key or "",
    )


def _first(chosen: str | None, default: str) -> str:
    return default if chosen is None else chosen
