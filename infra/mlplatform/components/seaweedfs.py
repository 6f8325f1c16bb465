"""SeaweedFS as one process: another S3 store of MLflow's artifacts, in the place of MinIO."""

import json
from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    HTTPGetActionArgs,
    ProbeArgs,
    SecretVolumeSourceArgs,
    VolumeArgs,
    VolumeMountArgs,
)

from mlplatform import names, pods
from mlplatform.components.data_server import data_mount
from mlplatform.components.store_server import DATA, SCRATCH, StoreProgram, StoreServerArgs
from mlplatform.public_hosts import S3_PORT
from mlplatform.secret_objects import SecretReference

_KEYS = "/etc/seaweedfs"


def _more_secrets(args: StoreServerArgs) -> Mapping[str, pulumi.Input[str]]:
    keys = (args.root_user, args.root_password, args.access_key, args.secret_key)
    return {"s3.json": pulumi.Output.all(*keys).apply(_identities)}


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


def _container(image: str, _root: SecretReference) -> ContainerArgs:
    healthy = HTTPGetActionArgs(path="/healthz", port="s3")
    return ContainerArgs(
        name=names.MINIO,
        image=image,
        image_pull_policy="IfNotPresent",
        command=["weed", "-logtostderr=true", "server"],
        args=[
            f"-dir={DATA}",
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
        env=pods.variables({"HOME": SCRATCH.path}),
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
            data_mount(DATA),
            SCRATCH.mount(),
            VolumeMountArgs(name="keys", mount_path=_KEYS, read_only=True),
        ],
    )


def _more_volumes(root: SecretReference) -> list[VolumeArgs]:
    return [VolumeArgs(name="keys", secret=SecretVolumeSourceArgs(secret_name=root.name))]


SEAWEEDFS = StoreProgram(
    component="Seaweedfs",
    secret_name="seaweedfs",  # noqa: S106 - the name of a Secret
    container=_container,
    grace_seconds=(10, 30),
    more_secrets=_more_secrets,
    more_volumes=_more_volumes,
)
