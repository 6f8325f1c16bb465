"""A stack's own store: an S3 API on one volume, whichever program serves it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import ContainerArgs, ServicePortArgs, VolumeArgs

from mlplatform import names, pods
from mlplatform.certificates import Authority
from mlplatform.components.data_server import DataServer, DataServerArgs
from mlplatform.existing import Claim
from mlplatform.placement import Placement
from mlplatform.public_hosts import S3_PORT
from mlplatform.secret_objects import SecretReference, keep_secret
from mlplatform.server_tls import certificate_volume, keep_certificate

DATA = "/data"
SCRATCH = pods.ScratchVolume(name="tmp", path="/tmp", size="64Mi")


@dataclass(frozen=True, kw_only=True)
class StoreServerArgs:
    """Arguments of `StoreServer`.

    Attributes:
        placement: the stack it belongs to.
        image: image of the server.
        kept_claim: the claim that holds its data already; None where there is none.
        storage: size of the volume, a Kubernetes quantity.
        storage_class: None for the cluster's default class.
        root_user: access key that may do everything.
        root_password: its secret key.
        access_key: access key that is good for MLflow's bucket alone.
        secret_key: its secret key.
        authority: who vouches for it to pods of the stack; None without TLS.
    """

    placement: Placement
    image: str
    kept_claim: Claim | None
    storage: str
    storage_class: str | None
    root_user: pulumi.Input[str]
    root_password: pulumi.Input[str]
    access_key: pulumi.Input[str]
    secret_key: pulumi.Input[str]
    authority: Authority | None


@dataclass(frozen=True, kw_only=True)
class StoreProgram:
    """How a program that keeps objects is run.

    Attributes:
        component: type of the component that it makes.
        secret_name: name of the Secret that it reads.
        container: its container, from the image and the Secret; the port is called `s3`, and it
            mounts the server's volume at `DATA` and `SCRATCH`.
        grace_seconds: time that it needs to stop, in an ephemeral stack and in a durable one.
        more_secrets: what its Secret holds besides the root user.
        more_volumes: what else the container mounts.
        with_tls: changes the container so that it serves TLS; None where it cannot.
    """

    component: str
    secret_name: str
    container: Callable[[str, SecretReference], ContainerArgs]
    grace_seconds: tuple[int, int]
    more_secrets: Callable[[StoreServerArgs], Mapping[str, pulumi.Input[str]]] = lambda _: {}
    more_volumes: Callable[[SecretReference], Sequence[VolumeArgs]] = lambda _: ()
    with_tls: Callable[[ContainerArgs], ContainerArgs] | None = None


class StoreServer(pulumi.ComponentResource):
    """A store as one pod; whichever program it is, it is found by the same name.

    Attributes:
        endpoint_url: its S3 API, as seen from inside the cluster.
        root: the Secret that holds the root user under `user` and `password`.
    """

    endpoint_url: str
    root: SecretReference

    def __init__(
        self,
        name: str,
        program: StoreProgram,
        args: StoreServerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the server.

        Args:
            name: name of the component.
            program: what serves it.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__(f"mlplatform:index:{program.component}", name, None, opts)
        part, placement = names.MINIO, args.placement
        self.root = keep_secret(
            f"{name}-secret",
            part,
            placement,
            name=program.secret_name,
            content={
                "user": args.root_user,
                "password": args.root_password,
                **program.more_secrets(args),
            },
            parent=self,
        )
        ephemeral_grace, durable_grace = program.grace_seconds
        container = program.container(args.image, self.root)
        more_volumes = [*program.more_volumes(self.root)]
        certificate = None
        if args.authority is not None and program.with_tls is not None:
            certificate = keep_certificate(name, part, placement, args.authority, self)
            container = program.with_tls(container)
            more_volumes.append(certificate_volume(certificate, "public.crt", "private.key"))
        DataServer(
            f"{name}-server",
            DataServerArgs(
                placement=placement,
                part=part,
                image=args.image,
                container=container,
                scratch=[SCRATCH],
                more_volumes=more_volumes,
                certificate=certificate,
                ports=[ServicePortArgs(name="s3", port=S3_PORT, target_port="s3")],
                kept_claim=args.kept_claim,
                storage=args.storage,
                storage_class=args.storage_class,
                secret=self.root,
                grace_seconds=ephemeral_grace if placement.ephemeral else durable_grace,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        scheme = "http" if certificate is None else "https"
        self.endpoint_url = f"{scheme}://{names.MINIO}:{S3_PORT}"
        self.register_outputs({"endpointUrl": self.endpoint_url})
