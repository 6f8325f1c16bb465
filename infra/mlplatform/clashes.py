"""Refuses what another stack of the cluster has already, before anything is created.

Server-side apply takes over whatever exists under the same name, and two Ingresses of one host
share its traffic: both go unnoticed until one of the stacks is destroyed.
"""

from collections.abc import Mapping

import pulumi

from mlplatform import names, public_hosts
from mlplatform.existing import Existing
from mlplatform.problems import Problem
from mlplatform.settings import Settings


class NotOurs(pulumi.RunError):
    """What the stack would deploy to is another's; Pulumi shows the message without traceback."""


def host_problems(settings: Settings, hosts: Mapping[str, str]) -> list[Problem]:
    """Name every host of the stack that another namespace serves.

    Args:
        settings: the settings of the stack.
        hosts: namespace by host, of what publishes some in the cluster.
    """
    own = names.namespace(settings.stack)
    keys = {settings.hosts.mlflow: "mlflowHost", settings.hosts.minio: "minioHost"}
    wanted = dict.fromkeys(public.host for public in public_hosts.of(settings))
    return [
        Problem(
            key=keys.get(host, "models"),
            got=f"'{host}', which namespace {hosts[host]} serves",
            want="a host that no other stack of the cluster has",
            hint=f"example: {settings.stack}.{host}",
        )
        for host in wanted
        if hosts.get(host, own) != own
    ]


def refuse_anothers(stack: str, existing: Existing, owner: str) -> str:
    """Return the owner as it is, if the stack's namespace is that owner's or nobody's.

    Nobody's is also what a durable stack has left: a namespace with volumes, and no servers.

    Args:
        stack: name of the stack.
        existing: what the cluster has.
        owner: the text by which this state knows its namespace.

    Raises:
        NotOurs: it is another's, or this state's is that of another name.
    """
    namespace = names.namespace(stack)
    others = [name for name, found in existing.owners.items() if found == owner]
    if others and namespace not in others:
        raise NotOurs(
            f"wanted: namespace {namespace} for stack {stack}\n"
            f"  came: this stack was renamed: all it has is in namespace {others[0]}, and nothing "
            "can move it\n"
            " to do: give it its name back: pulumi stack rename "
            f"{others[0].removeprefix(names.namespace(''))}; or `make backup` and `make restore` "
            "into a new stack; nothing was changed"
        )
    found = existing.owners.get(namespace)
    left_by_a_durable = existing.durable and not existing.runs
    if found == owner or left_by_a_durable or not (found or existing.runs):
        return owner
    raise NotOurs(
        f"wanted: namespace {namespace} for stack {stack}\n"
        "  came: a stack of another backend has it, or one whose state is lost\n"
        " to do: use that backend (PULUMI_BACKEND_URL), or another stack name; if the state is "
        f"lost, `make down STACK={stack}` says how to go on; nothing was changed"
    )
