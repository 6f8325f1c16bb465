"""A whole stack: which components there are, and what each one is told of the others."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi_kubernetes import Provider

from mlplatform import (
    architecture,
    edges,
    monitoring,
    names,
    outputs,
    pod_settings,
    publication,
    serving,
    upgrades,
)
from mlplatform import tls as tls_ways
from mlplatform.artifacts import artifact_route
from mlplatform.backends import Database
from mlplatform.backing import Backing
from mlplatform.components.account import Account, AccountArgs
from mlplatform.components.auth import Auth, AuthArgs
from mlplatform.components.autoscaler import Autoscaler, AutoscalerArgs
from mlplatform.components.backup import Backup, BackupArgs, Place, Volume
from mlplatform.components.credentials import Credentials, CredentialsArgs
from mlplatform.components.migration import Migration, MigrationArgs
from mlplatform.components.mlflow import Mlflow, MlflowArgs
from mlplatform.components.namespace import Namespace, NamespaceArgs
from mlplatform.components.network_policies import NetworkPolicies, NetworkPoliciesArgs
from mlplatform.existing import Existing
from mlplatform.placement import Placement
from mlplatform.settings import Settings


def build(
    settings: Settings,
    existing: Existing,
    image_names: Callable[[str, str | None], Mapping[str, str]],
) -> dict[str, Any]:
    """Declare all resources of a stack.

    The order in which they are made follows from what they take from each other, save for data that
    have to be migrated.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
        image_names: returns the images made from images/ by name (postgres, a store's, mlflow,
            prometheus), as
            found in the registry and for the architecture it is called with; they are used where
            the settings name none.

    Returns:
        The outputs of the stack, by name.
    """
    images = image_names(settings.image_registry, architecture.of(settings, existing.nodes))
    postgres_image = _first(settings.postgres_image, images["postgres"])
    minio_image = _first(settings.minio_image, images[settings.store])
    mlflow_image = _first(settings.mlflow_image, images["mlflow"])
    upgrades.refuse(settings, existing, mlflow_image)
    # A new server waits for database and bucket itself, so its start may overlap the Jobs, whose
    # end nobody else waits for then. Where there are data to migrate, it comes after the Jobs,
    # which may take long; and so it stays: a Job that is waited for no more would be a change.
    others = {existing.mlflow_image, existing.kept_for} - {None, mlflow_image}
    in_order = not settings.ephemeral or existing.was_upgraded or bool(others)

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
            store=settings.store,
            external=settings.external,
        ),
        in_cluster,
    )
    credentials = Credentials(
        "credentials",
        CredentialsArgs(
            postgres_password=settings.postgres_password,
            minio_root_password=settings.minio_root_password,
            s3_secret_key=settings.s3_secret_key,
            auth_admin_password=settings.auth_admin_password,
            has_auth=settings.has_auth,
            is_monitored=settings.is_monitored,
            machines=serving.machines(settings),
            webhook_key=existing.webhook_key,
        ),
    )
    tls = tls_ways.of(settings, existing)
    own_authority = publication.authority(settings, tls, namespace.namespace_name, in_cluster)
    signer = own_authority and own_authority.authority
    placement = Placement(
        stack=settings.stack,
        namespace=namespace.namespace_name,
        ephemeral=settings.ephemeral,
        fingerprint_key=credentials.fingerprint_key,
        pods=pod_settings.of(
            settings,
            _service_account(settings, namespace, in_cluster),
            own_authority and own_authority.config_map,
        ),
    )
    if settings.network_policies:
        open_edges = edges.of(settings, existing)
        NetworkPolicies(
            "network", NetworkPoliciesArgs(placement=placement, edges=open_edges), in_cluster
        )
    backing = Backing(
        settings=settings,
        existing=existing,
        placement=placement,
        credentials=credentials,
        tls=tls,
        authority=signer,
        postgres_image=postgres_image,
        minio_image=minio_image,
        mlflow_image=mlflow_image,
        prometheus_image=images["prometheus"],
        awaited=in_order,
        opts=in_cluster,
    )
    database, store = backing.database(), backing.store()
    auth = _auth(settings, placement, credentials, database, in_cluster)
    artifact_root = artifact_route(settings.artifacts, store.bucket).root
    # A Job beside the server imports the same, when a processor is what there is least of. Where
    # there are users to make, it is a Job all the same: a server need not know their passwords.
    # And where the database is another's, which may hold data.
    by_server = not in_order and auth is None and settings.external_postgres is None
    migration = Migration(
        "migration",
        MigrationArgs(
            placement=placement,
            context=settings.context,
            image=mlflow_image,
            running_image=existing.mlflow_image,
            database=database,
            auth=auth,
            artifact_root=artifact_root,
            # The bucket Job has run the image: nothing is stopped for one that does not start.
            after=[store.ready] if in_order else [],
            awaited=in_order,
            suspended=by_server,
        ),
        in_cluster,
    )
    Mlflow(
        "mlflow",
        MlflowArgs(
            placement=placement,
            image=mlflow_image,
            replicas=_replicas(settings, existing),
            max_replicas=settings.most_replicas,
            memory_limit=settings.mlflow_memory,
            artifacts=settings.artifacts,
            hosts=settings.hosts,
            database=database,
            store=store,
            auth=auth,
            webhook_key=credentials.webhook_key,
            previous_webhook_key=credentials.previous_webhook_key,
            features=settings.mlflow_features,
            monitored=settings.is_monitored,
            quiesced_times=migration.quiesced.times,
            artifact_root=artifact_root if by_server else None,
            after=[store.ready, migration] if in_order else [],
        ),
        in_cluster,
    )
    if settings.max_replicas is not None:
        Autoscaler(
            "autoscaler",
            AutoscalerArgs(
                placement=placement,
                part=names.MLFLOW,
                replicas=settings.replicas,
                max_replicas=settings.max_replicas,
                at_cpu=settings.scale_at_cpu,
            ),
            in_cluster,
        )
    serving.serve(settings, placement, mlflow_image, store, auth, in_cluster)
    certificate = publication.publish(
        settings, existing, placement, tls, signer, mlflow_image, in_cluster
    )
    monitoring.watch(
        settings,
        existing,
        placement,
        tls,
        mlflow_image,
        images["prometheus"],
        store,
        auth,
        certificate,
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
                database=database,
                database_storage=settings.postgres_storage,
                store=store,
                has_auth=settings.has_auth,
            ),
            in_cluster,
        )
    return outputs.of(settings, tls, namespace.namespace_name, store, credentials, signer)


def _auth(
    settings: Settings,
    placement: Placement,
    credentials: Credentials,
    database: Database,
    opts: pulumi.ResourceOptions,
) -> Auth | None:
    """Declare who MLflow's users are, where it asks."""
    if credentials.auth_admin_password is None or credentials.flask_key is None:
        return None
    return Auth(
        "auth",
        AuthArgs(
            placement=placement,
            database_uri=database.auth_uri,
            default_permission=settings.auth_default_permission,
            admin_password=credentials.auth_admin_password,
            machine_passwords=credentials.machine_passwords,
            flask_key=credentials.flask_key,
        ),
        opts,
    )


def _replicas(settings: Settings, existing: Existing) -> int:
    """MLflow pods: where a controller counts them, what it has come to, within its bounds."""
    if settings.max_replicas is None:
        return settings.replicas
    return min(max(settings.replicas, existing.mlflow_replicas), settings.max_replicas)


def _service_account(
    settings: Settings, namespace: Namespace, opts: pulumi.ResourceOptions
) -> pulumi.Input[str] | None:
    """The account that a cloud gives rights to, where the settings annotate one."""
    if settings.service_account_annotations is None:
        return None
    account = Account(
        "account",
        AccountArgs(
            stack=settings.stack,
            namespace=namespace.namespace_name,
            annotations=settings.service_account_annotations,
        ),
        opts,
    )
    return account.name


def _place(settings: Settings, existing: Existing) -> Volume | Place:
    """Where the stack's own backups go."""
    if settings.backup_to is None:
        return Volume(
            kept_claim=existing.claim(names.BACKUP),
            storage=settings.backup_storage,
            storage_class=settings.storage_class,
        )
    return Place(
        location=settings.backup_to,
        endpoint_url=settings.backup_endpoint,
        access_key=settings.backup_access_key or "",
        secret_key=settings.backup_secret_key or "",
    )


def _first(chosen: str | None, default: str) -> str:
    return default if chosen is None else chosen
