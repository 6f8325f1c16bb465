"""SeaweedFS as one process: another S3 store of MLflow's artifacts, in the place of MinIO."""

import hashlib
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
    root = pulumi.Output.all(args.root_user, args.root_password)
    scoped = pulumi.Output.all(args.access_key, args.secret_key)
    return {
        "s3.json": pulumi.Output.all(root, scoped).apply(lambda keys: identities(*keys)),
        "signing-key": pulumi.Output.from_input(args.root_password).apply(_signing_key),
    }


def _signing_key(root_password: str) -> str:
    """What the parts of the server sign their calls to each other with: another with each root."""
    return hashlib.sha256(f"seaweedfs {root_password}".encode()).hexdigest()


def identities(root: tuple[str, str], scoped: tuple[str, str]) -> str:
    """Return the file with keys and rights.

    https://github.com/seaweedfs/seaweedfs/wiki/Amazon-S3-API

    Args:
        root: access key and secret key that may do everything.
        scoped: those of MLflow, which may do in its bucket what the user in MinIO may.
    """

    def identity(name: str, key: tuple[str, str], **rights: list[str]) -> dict[str, object]:
        access, secret = key
        return {"name": name, "credentials": [{"accessKey": access, "secretKey": secret}], **rights}

    name = names.BUCKET
    return json.dumps(
        {
            "identities": [
                identity("root", root, actions=["Admin", "Read", "Write", "List"]),
                identity("mlflow", scoped, policyNames=[name]),
            ],
            "policies": [{"name": name, "content": json.dumps(_policy(name))}],
        }
    )


def _policy(bucket: str) -> dict[str, object]:
    """The same as mlplatform_server.bucket gives MinIO, which a test holds together."""
    rights = {
        bucket: ["ListBucket", "GetBucketLocation", "ListBucketMultipartUploads"],
        f"{bucket}/*": [
            "GetObject",
            "PutObject",
            "DeleteObject",
            "AbortMultipartUpload",
            "ListMultipartUploadParts",
        ],
    }
    statements = [
        {
            "Effect": "Allow",
            "Action": [f"s3:{action}" for action in actions],
            "Resource": [f"arn:aws:s3:::{resource}"],
        }
        for resource, actions in rights.items()
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _container(image: str, root: SecretReference) -> ContainerArgs:
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
            # It has no other to take its place, so it does not wait for one.
            "-volume.preStopSeconds=0",
        ],
        env=[
            # Without it, whoever reaches the S3 API's second port (its own plus 10000) makes keys.
            root.variable("WEED_JWT_FILER_SIGNING_KEY", key="signing-key"),
            *pods.variables({"HOME": SCRATCH.path}),
        ],
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
    # It takes 17 s: the filer waits 15 s for streams of its own process, which never end.
    grace_seconds=(5, 30),
    more_secrets=_more_secrets,
    more_volumes=_more_volumes,
)
