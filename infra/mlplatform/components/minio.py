"""MinIO: the S3 store of MLflow's artifacts."""

from typing import Any, cast

from pulumi_kubernetes.core.v1 import ContainerArgs, ContainerPortArgs, HTTPGetActionArgs, ProbeArgs

from mlplatform import names, pods
from mlplatform.components.data_server import data_mount
from mlplatform.components.store_server import DATA, SCRATCH, StoreProgram
from mlplatform.public_hosts import S3_PORT
from mlplatform.secret_objects import SecretReference
from mlplatform.server_tls import certificate_mount

_CERTIFICATES = "/etc/minio"


def _container(image: str, root: SecretReference) -> ContainerArgs:
    ready = HTTPGetActionArgs(path="/minio/health/ready", port="s3")
    live = HTTPGetActionArgs(path="/minio/health/live", port="s3")
    return ContainerArgs(
        name=names.MINIO,
        image=image,
        image_pull_policy="IfNotPresent",
        args=["server", DATA, "--address", f":{S3_PORT}", "--console-address", "127.0.0.1:9001"],
        env=[
            root.variable("MINIO_ROOT_USER", key="user"),
            root.variable("MINIO_ROOT_PASSWORD", key="password"),
            *pods.variables(
                {
                    "MINIO_BROWSER": "off",
                    "MINIO_UPDATE": "off",
                    "HOME": SCRATCH.path,
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
        volume_mounts=[data_mount(DATA), SCRATCH.mount()],
    )


def _with_tls(container: ContainerArgs) -> ContainerArgs:
    """Let it serve TLS, and nothing else: with a certificate it does not take plain HTTP."""
    arguments, mounts = cast(list[Any], container.args), cast(list[Any], container.volume_mounts)
    container.args = [*arguments, f"--certs-dir={_CERTIFICATES}"]
    container.volume_mounts = [*mounts, certificate_mount(_CERTIFICATES)]
    for probe in (container.startup_probe, container.readiness_probe, container.liveness_probe):
        cast(Any, probe).http_get.scheme = "HTTPS"
    return container


MINIO = StoreProgram(
    component="Minio",
    secret_name=names.MINIO,
    container=_container,
    grace_seconds=(5, 30),
    with_tls=_with_tls,
)
