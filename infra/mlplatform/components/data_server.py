"""A server with one pod, one volume and one Service: what Postgres and MinIO have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps.v1 import StatefulSet, StatefulSetSpecArgs
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    PersistentVolumeClaimVolumeSourceArgs,
    Service,
    ServicePortArgs,
    ServiceSpecArgs,
    VolumeArgs,
    VolumeMountArgs,
)

from mlplatform import pods
from mlplatform.claims import declare_claim
from mlplatform.existing import Claim
from mlplatform.placement import SKIP_AWAIT, Placement, selector_labels
from mlplatform.secret_objects import SecretReference
from mlplatform.timeouts import timeouts

_DATA = "data"


def data_mount(path: str) -> VolumeMountArgs:
    """Return the mount of the server's volume at `path`."""
    return VolumeMountArgs(name=_DATA, mount_path=path)


@dataclass(frozen=True, kw_only=True)
class DataServerArgs:
    """Arguments of `DataServer`.

    Attributes:
        placement: the stack it belongs to.
        part: the part of the stack that it is, and the name of its objects.
        image: image of the container.
        container: the container; it mounts `data_mount` and the scratch volumes.
        scratch: volumes that die with the pod.
        more_volumes: other volumes that the container mounts.
        certificate: the Secret with its certificate, which it reads when it starts; None without
            TLS.
        ports: ports of the Service.
        kept_claim: the claim that holds its data already; None where there is none.
        storage: size of the volume, a Kubernetes quantity.
        storage_class: None for the cluster's default class.
        secret: the Secret that the container reads; None for none.
        grace_seconds: time that the server needs to stop.
        sidecars: what tells a scraper of the server.
        account: name of the ServiceAccount whose token it gets; None for none.
    """

    placement: Placement
    part: str
    image: str
    container: ContainerArgs
    scratch: Sequence[pods.ScratchVolume]
    ports: Sequence[ServicePortArgs]
    kept_claim: Claim | None
    storage: str
    storage_class: str | None
    secret: SecretReference | None
    grace_seconds: int
    more_volumes: Sequence[VolumeArgs] = ()
    certificate: SecretReference | None = None
    sidecars: Sequence[ContainerArgs] = ()
    account: pulumi.Input[str] | None = None


class DataServer(pulumi.ComponentResource):
    """A StatefulSet of one pod, its volume and its Service.

    Attributes:
        host: name of the Service. It does not wait for the server: a client has to be able to wait
            anyway, and may start meanwhile.
    """

    host: pulumi.Output[str]

    def __init__(
        self, name: str, args: DataServerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the server.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:DataServer", name, None, opts)
        part, placement = args.part, args.placement
        read = {"secret": args.secret, "certificate": args.certificate}
        # With an address of its own, not headless: the name then resolves before the pod is ready,
        # so a client that is early is refused and tries again, and no DNS cache learns that it is
        # missing.
        service = Service(
            f"{name}-service",
            metadata=placement.metadata(part, part, SKIP_AWAIT),
            spec=ServiceSpecArgs(
                selector=selector_labels(part, placement.stack),
                ports=args.ports,
                # Its clients wait for the server themselves; the probe would let a second pass.
                publish_not_ready_addresses=True,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Of its own, not the StatefulSet's: that can be replaced without it.
        claim_name = declare_claim(
            f"{name}-data",
            part,
            placement,
            kept=args.kept_claim,
            storage=args.storage,
            storage_class=args.storage_class,
            # The provider's own wait takes 5 minutes to give up, whatever the timeout.
            awaited={"pulumi.com/waitFor": "jsonpath={.status.phase}=Bound"},
            timeouts=timeouts(25, args.image),
            parent=self,
        )
        StatefulSet(
            f"{name}-statefulset",
            metadata=placement.metadata(part, part, has_pods=True),
            spec=StatefulSetSpecArgs(
                replicas=1,
                service_name=service.metadata.name,
                selector=placement.selector(part),
                template=pods.pod_template(
                    part=part,
                    placement=placement,
                    container=args.container,
                    volumes=[
                        VolumeArgs(
                            name=_DATA,
                            persistent_volume_claim=PersistentVolumeClaimVolumeSourceArgs(
                                claim_name=claim_name
                            ),
                        ),
                        *(scratch.volume() for scratch in args.scratch),
                        *args.more_volumes,
                    ],
                    grace_seconds=args.grace_seconds,
                    replaced_with={
                        name: secret.fingerprint
                        for name, secret in read.items()
                        if secret is not None
                    },
                    sidecars=args.sidecars,
                    account=args.account,
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=timeouts(25, args.image),
                # The only pod stops before its successor starts either way. The provider takes the
                # state before an update for the one after it (pulumi-kubernetes#4094), and the
                # controller does not replace a pod that never got ready (kubernetes#67250).
                replace_on_changes=["spec.template"],
                delete_before_replace=True,
            ),
        )
        self.host = service.metadata.name
        self.register_outputs({"host": self.host})
