"""TLS between the pods of a stack: certificates of its own authority for its own servers."""

import pulumi
from pulumi_kubernetes.core.v1 import (
    KeyToPathArgs,
    SecretVolumeSourceArgs,
    VolumeArgs,
    VolumeMountArgs,
)

from mlplatform import names
from mlplatform.certificates import Authority, ServerCertificate
from mlplatform.placement import Placement
from mlplatform.secret_objects import TLS_SECRET, SecretReference, keep_secret

THIS_POD = ("localhost", "127.0.0.1")
"""What a tunnel through the cluster's API ends at, and what a probe asks."""
_VOLUME = "certificate"


def keep_certificate(
    name: str,
    part: str,
    placement: Placement,
    authority: Authority,
    parent: pulumi.Resource,
) -> SecretReference:
    """Declare the certificate of a part's server, in a Secret of its own.

    It is good as long as the authority: only pods of the stack ask for it, and the servers read it
    when they start.

    Args:
        name: begins the names of the resources.
        part: the part of the stack, and the name of its Service.
        placement: the stack.
        authority: who vouches for it.
        parent: the component that makes it.
    """
    made = ServerCertificate(
        f"{name}-certificate",
        authority,
        hosts=[part, *THIS_POD],
        as_long_as_authority=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return keep_secret(
        f"{name}-tls",
        part,
        placement,
        name=f"{part}-{names.TLS}",
        kind=TLS_SECRET,
        content={"tls.crt": made.certificate, "tls.key": pulumi.Output.secret(made.key)},
        parent=parent,
    )


def certificate_volume(certificate: SecretReference, file: str, key_file: str) -> VolumeArgs:
    """Return the volume with the certificate and its key, by the names that a server wants.

    Postgres takes a key only if nobody but its owner, root, and its group can read it.
    """
    items = [KeyToPathArgs(key="tls.crt", path=file), KeyToPathArgs(key="tls.key", path=key_file)]
    return VolumeArgs(
        name=_VOLUME,
        secret=SecretVolumeSourceArgs(
            secret_name=certificate.name, items=items, default_mode=0o440
        ),
    )


def certificate_mount(path: str) -> VolumeMountArgs:
    """Return the mount of that volume."""
    return VolumeMountArgs(name=_VOLUME, mount_path=path, read_only=True)
