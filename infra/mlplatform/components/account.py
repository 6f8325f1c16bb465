"""The ServiceAccount of a stack, for clouds that give rights to one."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from mlplatform import names
from mlplatform.placement import labels

_PART = "account"


@dataclass(frozen=True, kw_only=True)
class AccountArgs:
    """Arguments of `Account`.

    Attributes:
        stack: name of the stack.
        namespace: name of its namespace, known once that exists.
        annotations: what the cloud reads.
    """

    stack: str
    namespace: pulumi.Input[str]
    annotations: Mapping[str, str]


class Account(pulumi.ComponentResource):
    """A ServiceAccount that no pod has a token of: what it may is the cloud's to say.

    Attributes:
        name: its name, known once it exists.
    """

    name: pulumi.Output[str]

    def __init__(
        self, name: str, args: AccountArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the account.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of the account.
        """
        super().__init__("mlplatform:index:Account", name, None, opts)
        account = ServiceAccount(
            f"{name}-account",
            metadata=ObjectMetaArgs(
                name=names.PROJECT,
                namespace=args.namespace,
                labels=labels(_PART, args.stack),
                annotations=args.annotations,
            ),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = account.metadata.name
        self.register_outputs({"name": self.name})
