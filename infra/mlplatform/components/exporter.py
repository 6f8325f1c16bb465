"""What tells of a stack what none of its parts knows of itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgs
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    KeyToPathArgs,
    SecretVolumeSourceArgs,
    TCPSocketActionArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs

from mlplatform import names, pods, scrapes
from mlplatform.placement import Placement
from mlplatform.probes import probes
from mlplatform.rights import declare_account
from mlplatform.timeouts import timeouts

_SCRATCH = pods.ScratchVolume(name="tmp", path="/tmp", size="16Mi")
_CERTIFICATES = "/certificates"
_START_S = 30


@dataclass(frozen=True, kw_only=True)
class ExporterArgs:
    """Arguments of `Exporter`.

    Attributes:
        placement: the stack it belongs to.
        image: image of MLflow.
        certificates: names of the Secrets with certificates that end, by what they are for.
        backup_interval_s: the longest time between two backups; None where nothing makes some.
    """

    placement: Placement
    image: str
    certificates: Mapping[str, pulumi.Input[str]]
    backup_interval_s: int | None


class Exporter(pulumi.ComponentResource):
    """A pod that reads the stack's own objects, of its certificates the public part alone."""

    def __init__(
        self, name: str, args: ExporterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare it and what it may read.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Exporter", name, None, opts)
        part, placement = names.EXPORTER, args.placement
        account = declare_account(
            name,
            part,
            placement,
            [
                PolicyRuleArgs(
                    api_groups=[""],
                    resources=["namespaces"],
                    resource_names=[names.namespace(placement.stack)],
                    verbs=["get"],
                ),
                PolicyRuleArgs(
                    api_groups=[""], resources=["pods", "persistentvolumeclaims"], verbs=["list"]
                ),
                PolicyRuleArgs(
                    api_groups=["apps"], resources=["deployments", "statefulsets"], verbs=["list"]
                ),
                PolicyRuleArgs(api_groups=["batch"], resources=["cronjobs"], verbs=["list"]),
            ],
            parent=self,
        )
        Deployment(
            f"{name}-deployment",
            metadata=placement.metadata(part, part, has_pods=True),
            spec=DeploymentSpecArgs(
                replicas=1,
                selector=placement.selector(part),
                template=pods.pod_template(
                    part=part,
                    placement=placement,
                    container=_container(args),
                    volumes=[
                        _SCRATCH.volume(),
                        *(
                            VolumeArgs(
                                name=f"certificate-{what}",
                                secret=SecretVolumeSourceArgs(
                                    secret_name=secret,
                                    items=[KeyToPathArgs(key="tls.crt", path="tls.crt")],
                                ),
                            )
                            for what, secret in args.certificates.items()
                        ),
                    ],
                    grace_seconds=5,
                    replaced_with={},
                    account=account,
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=timeouts(_START_S, args.image)
            ),
        )
        self.register_outputs({})


def _container(args: ExporterArgs) -> ContainerArgs:
    # Not by its metrics, which ask the cluster.
    alive = TCPSocketActionArgs(port="metrics")
    directories = {what: f"{_CERTIFICATES}/{what}" for what in args.certificates}
    interval = args.backup_interval_s
    return ContainerArgs(
        name=names.EXPORTER,
        image=args.image,
        image_pull_policy="IfNotPresent",
        command=["python", "-m", "mlplatform_server.exporter"],
        env=pods.variables(
            {
                "NAMESPACE": names.namespace(args.placement.stack),
                "CERTIFICATES": json.dumps(
                    {what: f"{place}/tls.crt" for what, place in directories.items()}
                ),
                **({} if interval is None else {"BACKUP_INTERVAL_S": str(interval)}),
                "PYTHONDONTWRITEBYTECODE": "1",
            }
        ),
        ports=[ContainerPortArgs(name="metrics", container_port=scrapes.PORT)],
        **probes(60, tcp_socket=alive),
        resources=pods.resources(cpu="5m", memory="32Mi", memory_limit="128Mi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[
            _SCRATCH.mount(),
            *(
                VolumeMountArgs(name=f"certificate-{what}", mount_path=place, read_only=True)
                for what, place in directories.items()
            ),
        ],
    )
