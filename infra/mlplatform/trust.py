"""Which certificates pods trust, besides those that their images bring."""

from collections.abc import Sequence
from typing import Any, cast

from pulumi_kubernetes.core.v1 import (
    ConfigMapVolumeSourceArgs,
    ContainerArgs,
    EnvVarArgs,
    VolumeArgs,
    VolumeMountArgs,
)

from mlplatform.pod_settings import PodSettings

_CA_DIRECTORY = "/etc/mlplatform"
CA_PATH = f"{_CA_DIRECTORY}/ca.crt"
"""Where pods have the certificates that they trust, if a stack names some."""
_AUTHORITY_DIRECTORY = "/etc/mlplatform-authority"
AUTHORITY_PATH = f"{_AUTHORITY_DIRECTORY}/ca.crt"
"""Where pods have the certificate of the stack's own authority, if its servers have TLS."""
# Python's ssl and Go; requests; botocore.
_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE")


def trust(containers: Sequence[ContainerArgs], demanded: PodSettings) -> list[VolumeArgs]:
    """Let the containers of a pod have the certificates that its stack names.

    Args:
        containers: all of them; they get mounts and variables.
        demanded: what the stack names.

    Returns:
        The volumes that the pod needs for it.
    """
    volumes: list[VolumeArgs] = []
    if demanded.ca_bundle is not None:
        volumes.append(_mounted("ca", demanded.ca_bundle, _CA_DIRECTORY, containers))
        for container in containers:
            _trust_alone(container)
    if demanded.authority is not None:
        volumes.append(_mounted("authority", demanded.authority, _AUTHORITY_DIRECTORY, containers))
    return volumes


def _mounted(
    name: str, config_map: Any, directory: str, containers: Sequence[ContainerArgs]
) -> VolumeArgs:
    mount = VolumeMountArgs(name=name, mount_path=directory, read_only=True)
    for container in containers:
        # Declared as lists or outputs of lists; ours are lists.
        container.volume_mounts = [*cast(Any, container.volume_mounts), mount]
    return VolumeArgs(name=name, config_map=ConfigMapVolumeSourceArgs(name=config_map))


def _trust_alone(container: ContainerArgs) -> None:
    """Let a container trust the certificates of the stack's bundle, and no others.

    What it has been told to trust for one server stays.
    """
    told = cast(list[EnvVarArgs], container.env)
    names = [name for name in _CA_VARIABLES if name not in {one.name for one in told}]
    container.env = [*told, *(EnvVarArgs(name=name, value=CA_PATH) for name in names)]
