"""Backups that a stack makes of itself, on a schedule."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    EnvVarArgs,
    PersistentVolumeClaimVolumeSourceArgs,
    VolumeArgs,
    VolumeMountArgs,
)

from mlplatform import names, pods
from mlplatform.backends import Database, Store
from mlplatform.claims import declare_claim
from mlplatform.existing import Claim
from mlplatform.jobs import scheduled_job
from mlplatform.placement import SKIP_AWAIT, Placement
from mlplatform.secret_objects import keep_secret

_KEPT = "/backups"
_DUMP = "/dump"
_SCRATCH = pods.ScratchVolume(name="tmp", path="/tmp", size="64Mi")
_DEADLINE_SECONDS = 24 * 3600
_REACHED_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A volume for the backups.

    Attributes:
        kept_claim: the claim that holds backups already; None where there is none.
        storage: its size, a Kubernetes quantity.
        storage_class: None for the cluster's default class.
    """

    kept_claim: Claim | None
    storage: str
    storage_class: str | None


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place for the backups outside the cluster.

    Attributes:
        location: `s3://bucket/prefix`.
        endpoint_url: its S3 API; None for that of AWS.
        access_key: access key that may list, read, write and delete there.
        secret_key: its secret key.
    """

    location: str
    endpoint_url: str | None
    access_key: str
    secret_key: str


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """Arguments of `Backup`.

    Attributes:
        placement: the stack it belongs to.
        schedule: when, as cron writes it, in UTC.
        keep: how many backups stay.
        to: where they go.
        postgres_image: image of Postgres, which has the program that dumps.
        mlflow_image: image of MLflow, which has the program that copies.
        database: the database.
        database_storage: what a dump may take, a Kubernetes quantity.
        store: the store.
        has_auth: whether there is a database of users.
    """

    placement: Placement
    schedule: str
    keep: int
    to: Volume | Place
    postgres_image: str
    mlflow_image: str
    database: Database
    database_storage: str
    store: Store
    has_auth: bool


class Backup(pulumi.ComponentResource):
    """A CronJob that dumps the database, copies the objects, and deletes old backups."""

    def __init__(
        self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the CronJob and what it keeps backups in.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Backup", name, None, opts)
        part, placement = names.BACKUP, args.placement
        dump = pods.ScratchVolume(name="dump", path=_DUMP, size=args.database_storage)
        volumes = [_SCRATCH.volume(), dump.volume()]
        mounts = [_SCRATCH.mount(), dump.mount()]
        if isinstance(args.to, Volume):
            volumes.append(self._volume(f"{name}-data", args.to, placement))
            mounts.append(VolumeMountArgs(name="backups", mount_path=_KEPT))
            place = pods.variables({"BACKUP_TO": _KEPT})
        else:
            place = self._store(f"{name}-secret", args.to, placement)
        scheduled_job(
            f"{name}-cronjob",
            part,
            placement,
            schedule=args.schedule,
            deadline_seconds=_DEADLINE_SECONDS,
            container=_copy(args, mounts, place),
            init_containers=[_dump(args, dump)],
            volumes=volumes,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def _volume(self, name: str, volume: Volume, placement: Placement) -> VolumeArgs:
        """Declare the claim."""
        claim_name = declare_claim(
            name,
            names.BACKUP,
            placement,
            kept=volume.kept_claim,
            storage=volume.storage,
            storage_class=volume.storage_class,
            # Many classes make a volume only for the first pod that wants it.
            awaited=SKIP_AWAIT,
            timeouts=pulumi.CustomTimeouts(delete="2m"),
            parent=self,
        )
        return VolumeArgs(
            name="backups",
            persistent_volume_claim=PersistentVolumeClaimVolumeSourceArgs(claim_name=claim_name),
        )

    def _store(self, name: str, store: Place, placement: Placement) -> list[EnvVarArgs]:
        """Declare the Secret with the key, and return the variables that lead there."""
        key = keep_secret(
            name,
            names.BACKUP,
            placement,
            name="backup-store",
            content={"accessKey": store.access_key, "secretKey": store.secret_key},
            parent=self,
        )
        public = {"BACKUP_TO": store.location, "AWS_DEFAULT_REGION": "us-east-1"}
        if store.endpoint_url is not None:
            public["AWS_ENDPOINT_URL_S3"] = store.endpoint_url
        return [
            key.variable("AWS_ACCESS_KEY_ID", key="accessKey"),
            key.variable("AWS_SECRET_ACCESS_KEY", key="secretKey"),
            *pods.variables(public),
        ]


def _dump(args: BackupArgs, dump: pods.ScratchVolume) -> ContainerArgs:
    """The container that dumps the database, before the objects are copied."""
    return ContainerArgs(
        name="dump",
        image=args.postgres_image,
        image_pull_policy="IfNotPresent",
        command=["bash", "-o", "pipefail", "-c"],
        # Where network policies hold, a new pod is let through a moment late, and each try of a Job
        # is a new pod. What the dump says belongs to it, and into the log.
        args=[
            f"timeout {_REACHED_SECONDS} bash -c 'until pg_isready -q -h {args.database.host}"
            ' -U "$POSTGRES_USER" -d "$POSTGRES_DB"; do sleep 1; done\' || true; '
            f"database dump {args.database.host} 2>&1 >{_DUMP}/database"
            f" | tee {_DUMP}/database.facts"
            + (
                f" && database dump-users {args.database.host} >{_DUMP}/database.users"
                if args.has_auth
                else ""
            )
        ],
        env=args.database.dump_variables,
        resources=pods.resources(cpu="50m", memory="64Mi", memory_limit="512Mi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[_SCRATCH.mount(), dump.mount()],
    )


def _copy(
    args: BackupArgs, mounts: list[VolumeMountArgs], place: list[EnvVarArgs]
) -> ContainerArgs:
    """The container that keeps the dump and the objects."""
    return ContainerArgs(
        name=names.BACKUP,
        image=args.mlflow_image,
        image_pull_policy="IfNotPresent",
        command=["python", "-m", "mlplatform_server.backup"],
        env=[
            *args.store.key.variables("S3_ACCESS_KEY", "S3_SECRET_KEY"),
            *place,
            *pods.variables(
                {
                    "S3_ENDPOINT_URL": args.store.endpoint_url,
                    "BUCKET": args.store.bucket,
                    "S3_REGION": args.store.region,
                    **({} if args.store.ca_file is None else {"S3_CA_FILE": args.store.ca_file}),
                    "DUMP": f"{_DUMP}/database",
                    "MLFLOW_IMAGE": args.mlflow_image,
                    "BACKUP_KEEP": str(args.keep),
                    "HOME": _SCRATCH.path,
                    "TMPDIR": _SCRATCH.path,
                    # There is no such service here, and the lookup would take its time to fail.
                    "AWS_EC2_METADATA_DISABLED": "true",
                }
            ),
        ],
        resources=pods.resources(cpu="50m", memory="128Mi", memory_limit="512Mi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=mounts,
    )
