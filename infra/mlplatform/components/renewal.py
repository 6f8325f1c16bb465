"""What renews the certificate of the stack's own authority, where nobody calls `make up`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_kubernetes.core.v1 import (
    ConfigMap,
    ConfigMapVolumeSourceArgs,
    ContainerArgs,
    KeyToPathArgs,
    SecretVolumeSourceArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs

from mlplatform import issuing, names, pods, renewal
from mlplatform.jobs import scheduled_job
from mlplatform.placement import Placement
from mlplatform.rights import declare_account

_PROGRAM = "/program"
_AUTHORITY = "/authority"
_CERTIFICATE = "/certificate"
_SCRATCH = pods.ScratchVolume(name="tmp", path="/tmp", size="64Mi")
_MODULES = (issuing, renewal)


@dataclass(frozen=True, kw_only=True)
class RenewalArgs:
    """Arguments of `Renewal`.

    Attributes:
        placement: the stack it belongs to.
        image: image with Python and its library `cryptography`.
        authority: name of the Secret with the authority.
        certificate: name of the Secret with the certificate.
        hosts: what the certificate is for.
    """

    placement: Placement
    image: str
    authority: pulumi.Input[str]
    certificate: pulumi.Input[str]
    hosts: Sequence[str]


class Renewal(pulumi.ComponentResource):
    """A CronJob that looks once a day, and an account that may write the one Secret."""

    def __init__(
        self, name: str, args: RenewalArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the CronJob and its account.

        Args:
            name: name of the component.
            args: what to renew.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Renewal", name, None, opts)
        part, placement = names.RENEWAL, args.placement
        here = pulumi.ResourceOptions(parent=self)
        account = declare_account(
            name,
            part,
            placement,
            [
                PolicyRuleArgs(
                    api_groups=[""],
                    resources=["secrets"],
                    resource_names=[args.certificate],
                    verbs=["patch"],
                )
            ],
            parent=self,
        )
        # The code that signs is what signs here too, whatever image renews.
        program = ConfigMap(
            f"{name}-program",
            metadata=placement.metadata(part, None),
            data={_file(module): Path(str(module.__file__)).read_text() for module in _MODULES},
            opts=here,
        )
        scheduled_job(
            f"{name}-cronjob",
            part,
            placement,
            schedule="17 4 * * *",
            deadline_seconds=600,
            container=_container(args),
            volumes=_volumes(args, program),
            account=account,
            opts=here,
        )
        self.register_outputs({})


def _file(module: object) -> str:
    return Path(str(getattr(module, "__file__", ""))).name


def _volumes(args: RenewalArgs, program: ConfigMap) -> list[VolumeArgs]:
    files = [
        KeyToPathArgs(key=_file(module), path=f"{names.PROJECT}/{_file(module)}")
        for module in _MODULES
    ]
    return [
        _SCRATCH.volume(),
        VolumeArgs(
            name="program",
            config_map=ConfigMapVolumeSourceArgs(name=program.metadata.name, items=files),
        ),
        VolumeArgs(name="signer", secret=SecretVolumeSourceArgs(secret_name=args.authority)),
        VolumeArgs(name="certificate", secret=SecretVolumeSourceArgs(secret_name=args.certificate)),
    ]


def _container(args: RenewalArgs) -> ContainerArgs:
    mounted = {"program": _PROGRAM, "signer": _AUTHORITY, "certificate": _CERTIFICATE}
    return ContainerArgs(
        name=names.RENEWAL,
        image=args.image,
        image_pull_policy="IfNotPresent",
        command=["python", "-m", renewal.__name__],
        env=pods.variables(
            {
                "PYTHONPATH": _PROGRAM,
                "AUTHORITY": _AUTHORITY,
                "CERTIFICATE": _CERTIFICATE,
                "NAME": args.certificate,
                "NAMESPACE": args.placement.namespace,
                "HOSTS": ",".join(args.hosts),
                "HOME": _SCRATCH.path,
                "TMPDIR": _SCRATCH.path,
            }
        ),
        resources=pods.resources(cpu="50m", memory="64Mi", memory_limit="256Mi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[
            _SCRATCH.mount(),
            *(
                VolumeMountArgs(name=name, mount_path=path, read_only=True)
                for name, path in mounted.items()
            ),
        ],
    )
