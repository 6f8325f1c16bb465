"""Accounts of pods that ask the cluster's API, and what each may ask."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs, Role, RoleBinding, RoleRefArgs, SubjectArgs

from mlplatform.placement import Placement


def declare_account(
    name: str,
    part: str,
    placement: Placement,
    rules: Sequence[PolicyRuleArgs],
    *,
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Declare an account with rights in the stack's namespace.

    Args:
        name: begins the names of the resources.
        part: the part of the stack whose account it is, and its name.
        placement: the stack.
        rules: what it may do.
        parent: the component that needs it.

    Returns:
        Its name, known once it has its rights.
    """
    own = pulumi.ResourceOptions(parent=parent)
    account = ServiceAccount(
        f"{name}-account",
        metadata=placement.metadata(part, part),
        automount_service_account_token=False,
        opts=own,
    )
    role = Role(
        f"{name}-role",
        metadata=placement.metadata(part, part),
        rules=rules,
        opts=own,
    )
    binding = RoleBinding(
        f"{name}-binding",
        metadata=placement.metadata(part, part),
        role_ref=RoleRefArgs(
            api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name
        ),
        subjects=[
            SubjectArgs(
                kind="ServiceAccount", name=account.metadata.name, namespace=placement.namespace
            )
        ],
        opts=own,
    )
    return pulumi.Output.all(account.metadata.name, binding.metadata.name).apply(
        lambda known: known[0]
    )
