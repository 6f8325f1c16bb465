"""A server with one pod, one volume and one Service: what Postgres and MinIO have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps.v1 import StatefulSet, StatefulSetSpecArgs
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    PersistentVolumeClaim,
    PersistentVolumeClaimSpecArgs,
    PersistentVolumeClaimVolumeSourceArgs,
    Service,
    ServicePortArgs,
    ServiceSpecArgs,
    VolumeArgs,
    VolumeMountArgs,
    VolumeResourceRequirementsArgs,
)

from mlplatform import pods
from mlplatform.existing import Claim
from mlplatform.placement import KEPT, SKIP_AWAIT, Placement, selector_labels
from mlplatform.random_text import RandomText
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
        ports: ports of the Service.
        kept_claim: the claim that holds its data already; None where there is none.
        storage: size of the volume, a Kubernetes quantity.
        storage_class: None for the cluster's default class.
        secret: the Secret that the container reads.
        grace_seconds: time that the server needs to stop.
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
    secret: SecretReference
    grace_seconds: int


class DataServer(pulumi.ComponentResource):
    """A StatefulSet of one pod, its volume and its Service.

    Attributes:
        host: name of the Service. It does not wait for the server: a client has to be able to wait
            anyway, and may start meanwhile.
        cluster_ip: address of the Service.
    """

    host: pulumi.Output[str]
    cluster_ip: pulumi.Output[str]

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
        StatefulSet(
            f"{name}-statefulset",
            metadata=placement.metadata(part, part),
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
                                claim_name=self._claim(f"{name}-data", args)
                            ),
                        ),
                        *(scratch.volume() for scratch in args.scratch),
                    ],
                    grace_seconds=args.grace_seconds,
                    replaced_with={"secret": args.secret.fingerprint},
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
        self.cluster_ip = service.spec.cluster_ip
        self.register_outputs({"host": self.host, "clusterIp": self.cluster_ip})

    def _claim(self, name: str, args: DataServerArgs) -> pulumi.Output[str]:
        """Declare the claim for the data, of its own: the StatefulSet can be replaced without it.

        A claim that is there keeps its name. A new one has a name of its own: provisioners that
        name directories after claims (Minikube's does) and leave one behind can then never hand its
        content to the next stack of the same name. `pulumi destroy` leaves a durable claim in the
        cluster.

        Returns:
            The name of the claim, which does not wait for it: a volume may be bound only once a pod
            wants it.
        """
        part, placement = args.part, args.placement
        suffix = RandomText(f"{name}-suffix", 8, pulumi.ResourceOptions(parent=self))
        # Older states hold an empty text for a durable stack, which had fixed names.
        new_name = suffix.value.apply(lambda text: f"{part}-{text.lower()}" if text else part)
        kept = args.kept_claim
        claim_name = new_name if kept is None else pulumi.Output.from_input(kept.name)
        PersistentVolumeClaim(
            name,
            metadata=placement.metadata(
                part,
                claim_name,
                # The provider's own wait takes 5 minutes to give up, whatever the timeout.
                {**KEPT, "pulumi.com/waitFor": "jsonpath={.status.phase}=Bound"},
            ),
            spec=PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteOnce"],
                resources=VolumeResourceRequirementsArgs(requests={"storage": args.storage}),
                storage_class_name=args.storage_class if kept is None else kept.storage_class,
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                retain_on_delete=not placement.ephemeral,
                custom_timeouts=timeouts(25, args.image),
                # A claim has its class for good (see changes.py). Older states do not name it, and
                # the provider would delete the claim to name it.
                ignore_changes=["spec.storageClassName"],
            ),
        )
        return claim_name
