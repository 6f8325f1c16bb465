"""Brings a restored database to the schema of the stack's MLflow, as the stack's own Job does."""

from __future__ import annotations

import json
from typing import Any

from cluster.kubectl import get, kubectl
from smoke_tests.namespace import Namespace
from smoke_tests.wait import wait_until
from toolchain.process import Failed

NAME = "migration-after-restore"
_TIMEOUT_S = 24 * 3600
_POLL_S = 1
_ENDINGS = ("backoffLimit", "podFailurePolicy")


def migrate(namespace: Namespace) -> None:
    """Run the stack's migration Job once more, under a name of its own.

    Args:
        namespace: The stack's namespace.

    Raises:
        Failed: The migration did; holds its last lines.
    """
    own = f"--namespace={namespace.name}"
    _delete(namespace)
    start(namespace, NAME)
    ending = wait_until(
        lambda: _ending(namespace),
        timeout_s=_TIMEOUT_S,
        interval_s=_POLL_S,
        describe=f"Job {NAME} has ended",
    )
    log = kubectl(namespace.context, own, "logs", f"job/{NAME}", "--tail=20")
    _delete(namespace)
    if ending == "Failed":
        raise Failed(
            "the restored database in the schema of this stack's MLflow", log, "mend it and repeat"
        )


def start(namespace: Namespace, name: str) -> None:
    """Make the stack's migration Job once more.

    Args:
        namespace: The stack's namespace.
        name: Of the new Job.

    Raises:
        Failed: The stack has no such Job.
    """
    own = f"--namespace={namespace.name}"
    jobs = get(namespace.context, "jobs", own, "--selector=app.kubernetes.io/name=migration")
    if not jobs:
        raise Failed(f"the migration Job of {namespace.name}", "there is none", "make up, repeat")
    newest = max(jobs, key=lambda job: job["metadata"]["creationTimestamp"])
    again = json.dumps(_copy(newest, name))
    kubectl(namespace.context, own, "create", "--filename=-", stdin=again)


def _copy(job: dict[str, Any], name: str) -> dict[str, Any]:
    """A Job like another one, without what Kubernetes wrote into that."""
    template = job["spec"]["template"]
    labels = template["metadata"]["labels"]
    return {
        "apiVersion": job["apiVersion"],
        "kind": job["kind"],
        "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "mlplatform"}},
        "spec": {
            # No deadline: the time grows with the data.
            **{name: job["spec"][name] for name in _ENDINGS if name in job["spec"]},
            "template": {
                "metadata": {
                    "labels": {
                        name: value
                        for name, value in labels.items()
                        if not name.endswith(("controller-uid", "job-name"))
                    }
                },
                "spec": template["spec"],
            },
        },
    }


def _ending(namespace: Namespace) -> str | None:
    (job,) = get(namespace.context, "job", NAME, f"--namespace={namespace.name}")
    for condition in job["status"].get("conditions", []):
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            return condition["type"]
    return None


def _delete(namespace: Namespace) -> None:
    kubectl(
        namespace.context,
        f"--namespace={namespace.name}",
        "delete",
        "job",
        NAME,
        "--ignore-not-found",
        "--cascade=foreground",
    )
