"""Refuses what another stack of the cluster has already, before anything is created.

Server-side apply takes over whatever exists under the same name, and two Ingresses of one host
share its traffic: both go unnoticed until one of the stacks is destroyed.
"""

import json
import subprocess
from typing import Any

from mlplatform import names
from mlplatform.settings import Problem, Settings, SettingsError

_TIMEOUT_SECONDS = 10


def refuse(settings: Settings) -> Settings:
    """Return the settings as they are, if no other namespace of the cluster has the stack's hosts.

    A cluster that does not answer is not asked twice: the deployment itself will say so.

    Raises:
        SettingsError: another namespace serves one of the hosts; nothing has been created yet.
    """
    problems = host_problems(settings, _ingresses(settings.context))
    if problems:
        raise SettingsError(settings.stack, problems)
    return settings


def host_problems(settings: Settings, ingresses: list[dict[str, Any]]) -> list[Problem]:
    """Name every host of the stack that an Ingress of another namespace serves.

    Args:
        settings: the settings of the stack.
        ingresses: all Ingresses of the cluster, as the API returns them.
    """
    hosts = {"mlflowHost": settings.hosts.mlflow, "minioHost": settings.hosts.minio}
    served = {
        rule.get("host"): ingress["metadata"]["namespace"]
        for ingress in ingresses
        for rule in ingress["spec"].get("rules", [])
        if ingress["metadata"]["namespace"] != names.namespace(settings.stack)
    }
    return [
        Problem(
            key=key,
            got=f"'{host}', which namespace {served[host]} serves",
            want="a host that no other stack of the cluster has",
            hint=f"example: {settings.stack}.{host}",
        )
        for key, host in hosts.items()
        if host in served
    ]


def _ingresses(context: str) -> list[dict[str, Any]]:
    command = ["kubectl", f"--context={context}", "get", "ingress", "--all-namespaces"]
    try:
        printed = subprocess.run(
            [*command, "--output=json", f"--request-timeout={_TIMEOUT_SECONDS}s"],
            check=True,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS + 5,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return json.loads(printed)["items"]
