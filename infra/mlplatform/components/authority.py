"""The authority that vouches for the stack's own certificates."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from mlplatform import names
from mlplatform.certificates import Authority
from mlplatform.placement import labels


@dataclass(frozen=True, kw_only=True)
class OwnAuthorityArgs:
    """Arguments of `OwnAuthority`.

    Attributes:
        stack: name of the stack.
        namespace: its namespace.
        hosts: all that it may vouch for.
        known_to_pods: whether pods of the stack ask a server that has a certificate of it.
    """

    stack: str
    namespace: pulumi.Input[str]
    hosts: Sequence[str]
    known_to_pods: bool


class OwnAuthority(pulumi.ComponentResource):
    """The authority, and the ConfigMap by which pods know it.

    Attributes:
        authority: the authority.
        config_map: name of the ConfigMap, which holds `ca.crt`; None where no pod needs it.
    """

    authority: Authority
    config_map: pulumi.Output[str] | None

    def __init__(
        self, name: str, args: OwnAuthorityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare it.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of the ConfigMap.
        """
        super().__init__("mlplatform:index:OwnAuthority", name, None, opts)
        here = pulumi.ResourceOptions(parent=self)
        self.authority = Authority(
            f"{name}-key-pair",
            title=f"{names.PROJECT}: stack {args.stack}",
            hosts=args.hosts,
            opts=here,
        )
        self.config_map = None
        if args.known_to_pods:
            self.config_map = ConfigMap(
                f"{name}-config-map",
                metadata=ObjectMetaArgs(
                    namespace=args.namespace, labels=labels(names.AUTHORITY, args.stack)
                ),
                data={"ca.crt": self.authority.certificate},
                opts=here,
            ).metadata.name
        self.register_outputs({})
