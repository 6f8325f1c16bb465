"""SeaweedFS: another S3 store of MLflow's artifacts, in the place of MinIO."""

import json

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    HTTPGetActionArgs,
    ProbeArgs,
    SecretVolumeSourceArgs,
    ServicePortArgs,
    VolumeArgs,
    VolumeMountArgs,
)

from mlplatform import names, pods
from mlplatform.components.data_server import DataServer, DataServerArgs, data_mount
from mlplatform.components.store_server import StoreServerArgs
from mlplatform.public_hosts import S3_PORT
from mlplatform.secret_objects import SecretReference, keep_secret

_DATA = "/data"
_KEYS = "/etc/seaweedfs"
_SCRATCH = pods.ScratchVolume(name="tmp", path="/tmp", size="64Mi")


class Seaweedfs(pulumi.ComponentResource):
    """SeaweedFS as one process on one volume; what finds the store by name finds it as MinIO.

    Attributes:
        endpoint_url: its S3 API, as seen from inside the cluster.
        cluster_ip: address of its Service, where the S3 API answers on port 80 too.
        root: the Secret that holds the root key under `user` and `password`.
    """

    endpoint_url: str
    cluster_ip: pulumi.Output[str]
    root: SecretReference

    def __init__(
        self, name: str, args: StoreServerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the server.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Seaweedfs", name, None, opts)
        part, placement = names.MINIO, args.placement
        keys = pulumi.Output.all(
            args.root_user, args.root_password, args.access_key, args.secret_key
        )
        self.root = keep_secret(
            f"{name}-secret",
            part,
            placement,
            name="seaweedfs",
            content={
                "user": args.root_user,
                "password": args.root_password,
                "s3.json": keys.apply(_identities),
            },
            parent=self,
        )
        server = DataServer(
            f"{name}-server",
            DataServerArgs(
                placement=placement,
                part=part,
                image=args.image,
                container=_container(args.image),
                scratch=[_SCRATCH],
                more_volumes=[
                    VolumeArgs(
                        name="keys", secret=SecretVolumeSourceArgs(secret_name=self.root.name)
                    )
                ],
                ports=[
                    ServicePortArgs(name="s3", port=S3_PORT, target_port="s3"),
                    ServicePortArgs(name="http", port=80, target_port="s3"),
                ],
                kept_claim=args.kept_claim,
                storage=args.storage,
                storage_class=args.storage_class,
                secret=self.root,
                grace_seconds=10 if placement.ephemeral else 30,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.endpoint_url = f"http://{names.MINIO}:{S3_PORT}"
        self.cluster_ip = server.cluster_ip
        self.register_outputs({"endpointUrl": self.endpoint_url, "clusterIp": self.cluster_ip})


def _identities(keys: list[str]) -> str:
    """The file with keys and rights: https://github.com/seaweedfs/seaweedfs/wiki/Amazon-S3-API."""
    root_user, root_password, access_key, secret_key = keys

    def identity(name: str, access: str, secret: str, actions: list[str]) -> dict[str, object]:
        credentials = [{"accessKey": access, "secretKey": secret}]
        return {"name": name, "credentials": credentials, "actions": actions}

    rights = ["Read", "Write", "List"]
    scoped = [f"{right}:{names.BUCKET}" for right in rights]
    identities = [
        identity("root", root_user, root_password, ["Admin", *rights]),
        identity("mlflow", access_key, secret_key, scoped),
    ]
    return json.dumps({"identities": identities})


def _container(image: str) -> ContainerArgs:
    healthy = HTTPGetActionArgs(path="/healthz", port="s3")
    return ContainerArgs(
        name=names.MINIO,
        image=image,
        image_pull_policy="IfNotPresent",
        command=["weed", "-logtostderr=true", "server"],
        args=[
            f"-dir={_DATA}",
            # Its parts talk to each other without a key: to nobody else.
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-filer",
            "-s3",
            "-s3.ip.bind=0.0.0.0",
            f"-s3.port={S3_PORT}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            f"-s3.config={_KEYS}/s3.json",
            # A bucket takes several volumes, each reserved in this size.
            "-master.volumeSizeLimitMB=256",
            "-volume.max=0",
        ],
        env=pods.variables({"HOME": _SCRATCH.path}),
        ports=[ContainerPortArgs(name="s3", container_port=S3_PORT)],
        startup_probe=ProbeArgs(http_get=healthy, period_seconds=1, failure_threshold=60),
        readiness_probe=ProbeArgs(http_get=healthy, period_seconds=5, timeout_seconds=3),
        liveness_probe=ProbeArgs(
            http_get=HTTPGetActionArgs(path="/status", port="s3"),
            period_seconds=10,
            timeout_seconds=5,
            failure_threshold=6,
        ),
        resources=pods.resources(cpu="50m", memory="256Mi", memory_limit="1Gi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[
            data_mount(_DATA),
            _SCRATCH.mount(),
            VolumeMountArgs(name="keys", mount_path=_KEYS, read_only=True),
        ],
    )
