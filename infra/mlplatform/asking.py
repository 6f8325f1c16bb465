"""Questions to the cluster's API, each one a call of kubectl."""

import base64
import json
import subprocess
from collections.abc import Collection, Mapping
from typing import Any

import pulumi

_TIMEOUT_SECONDS = 10


class NoAnswer(pulumi.RunError):
    """The cluster could not be asked; Pulumi shows the message without a traceback."""


def named_objects(
    context: str, namespace: str, named: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Mapping[str, str], str]]:
    """Return content and version, by kind and name, of Secrets and ConfigMaps that are there.

    Args:
        context: the kubeconfig context.
        namespace: where they are.
        named: kind and name of each.

    Raises:
        NoAnswer: the cluster cannot tell.
    """
    wanted = [f"{kind}/{name}" for kind, name in named]
    objects = get(context, *wanted, f"--namespace={namespace}", "--ignore-not-found")
    return {
        (one["kind"], one["metadata"]["name"]): (
            one.get("data", {})
            if one["kind"] == "ConfigMap"
            else {key: base64.b64decode(text).decode() for key, text in one["data"].items()},
            one["metadata"]["resourceVersion"],
        )
        for one in objects
    }


def offers(context: str, api: str) -> bool:
    """Whether the cluster has an API, which whoever may log in may ask.

    Args:
        context: the kubeconfig context.
        api: group and version: cert-manager.io/v1.
    """
    command = ["kubectl", f"--context={context}", "get", f"--raw=/apis/{api}"]
    asked = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_SECONDS + 5)
    return asked.returncode == 0


def get(context: str, *what: str) -> list[dict[str, Any]]:
    """Return what `kubectl get` prints.

    Raises:
        NoAnswer: it printed an error.
    """
    command = ["kubectl", f"--context={context}", "get", *what, "--output=json"]
    try:
        printed = subprocess.run(
            [*command, f"--request-timeout={_TIMEOUT_SECONDS}s"],
            check=True,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS + 5,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise NoAnswer(
            f"wanted: what the cluster of context {context} holds for this stack, to keep it\n"
            f"  came: {said[-1]}\n"
            " to do: start the cluster (`make cluster`) or mend the access to it; nothing was "
            "changed"
        ) from error
    found = json.loads(printed or "{}")
    return found.get("items", [found] if found else [])
