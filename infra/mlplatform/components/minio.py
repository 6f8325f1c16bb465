"""MinIO: the S3 store of MLflow's artifacts."""

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    HTTPGetActionArgs,
    ProbeArgs,
    ServicePortArgs,
)

from mlplatform import names, pods
from mlplatform.components.data_server import DataServer, DataServerArgs, data_mount
from mlplatform.components.store_server import StoreServerArgs
from mlplatform.public_hosts import S3_PORT
from mlplatform.secret_objects import SecretReference, keep_secret

_DATA = "/data"
_SCRATCH = pods.ScratchVolume(name="tmp", path="/tmp", size="64Mi")


class Minio(pulumi.ComponentResource):
    """A MinIO server on one volume.

    Attributes:
        endpoint_url: its S3 API, as seen from inside the cluster.
        cluster_ip: address of its Service, where the S3 API answers on port 80 too.
        root: the Secret that holds the root user under `user` and `password`.
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
        super().__init__("mlplatform:index:Minio", name, None, opts)
        part, placement = names.MINIO, args.placement
        self.root = keep_secret(
            f"{name}-secret",
            part,
            placement,
            name=part,
            content={"user": args.root_user, "password": args.root_password},
            parent=self,
        )
        server = DataServer(
            f"{name}-server",
            DataServerArgs(
                placement=placement,
                part=part,
                image=args.image,
                container=_container(args.image, self.root),
                scratch=[_SCRATCH],
                ports=[
                    ServicePortArgs(name="s3", port=S3_PORT, target_port="s3"),
                    # A presigned URL holds the host it was signed for, without a port: inside the
                    # cluster that host leads here.
                    ServicePortArgs(name="http", port=80, target_port="s3"),
                ],
                kept_claim=args.kept_claim,
                storage=args.storage,
                storage_class=args.storage_class,
                secret=self.root,
                grace_seconds=5 if placement.ephemeral else 30,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.endpoint_url = f"http://{names.MINIO}:{S3_PORT}"
        self.cluster_ip = server.cluster_ip
        self.register_outputs({"endpointUrl": self.endpoint_url, "clusterIp": self.cluster_ip})


def _container(image: str, root: SecretReference) -> ContainerArgs:
    ready = HTTPGetActionArgs(path="/minio/health/ready", port="s3")
    live = HTTPGetActionArgs(path="/minio/health/live", port="s3")
    return ContainerArgs(
        name=names.MINIO,
        image=image,
        image_pull_policy="IfNotPresent",
        args=["server", _DATA, "--address", f":{S3_PORT}", "--console-address", "127.0.0.1:9001"],
        env=[
            root.variable("MINIO_ROOT_USER", key="user"),
            root.variable("MINIO_ROOT_PASSWORD", key="password"),
            *pods.variables(
                {
                    "MINIO_BROWSER": "off",
                    "MINIO_UPDATE": "off",
                    "HOME": _SCRATCH.path,
                }
            ),
        ],
        ports=[ContainerPortArgs(name="s3", container_port=S3_PORT)],
        startup_probe=ProbeArgs(http_get=ready, period_seconds=1, failure_threshold=60),
        readiness_probe=ProbeArgs(http_get=ready, period_seconds=5, timeout_seconds=3),
        liveness_probe=ProbeArgs(
            http_get=live, period_seconds=10, timeout_seconds=5, failure_threshold=6
        ),
        resources=pods.resources(cpu="50m", memory="256Mi", memory_limit="1Gi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[data_mount(_DATA), _SCRATCH.mount()],
    )
