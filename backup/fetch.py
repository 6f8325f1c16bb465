"""Brings a backup from a stack's volume to this machine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cluster.kubectl import get, kubectl
from smoke_tests.namespace import Namespace
from toolchain.process import Failed

POD = "backup-fetch"
_READY_TIMEOUT_S = 120
_LIFE_S = 24 * 3600


def fetch(namespace: Namespace, name: str, to: Path) -> str:
    """Copy one backup.

    Args:
        namespace: The stack's namespace.
        name: The backup: when it was made; empty for the newest.
        to: A directory that is made, or is empty.

    Returns:
        The name of the backup.

    Raises:
        Failed: There is no such backup, or the directory holds something.
    """
    if to.exists() and any(to.iterdir()):
        raise Failed("an empty directory for the backup", f"{to} holds something", "name another")
    with _pod(namespace) as root:
        listed = namespace.execute(POD, ["find", root, "-name", "manifest.json"], stdin="")
        there = sorted(Path(line).parent.name for line in listed.split())
        chosen = name or (there[-1] if there else "")
        if chosen not in there:
            raise Failed(
                f"backup {name or 'of any time'} of {namespace.name}",
                f"there are: {', '.join(there) or 'none'}",
                "choose one of them: NAME=...",
            )
        _extract(namespace, f"{root}/{chosen}", to)
    return chosen


def _extract(namespace: Namespace, source: str, to: Path) -> None:
    command = ["kubectl", f"--context={namespace.context}", f"--namespace={namespace.name}"]
    command += ["exec", POD, "--", "tar", "--create", "--file=-", f"--directory={source}", "."]
    to.mkdir(parents=True, exist_ok=True)
    # Not Python's: up to 3.11.3, which Debian 12 has, it writes wherever an archive says.
    extract = ["tar", "--extract", "--file=-", f"--directory={to}", "--no-same-owner"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        extracted = subprocess.run(extract, stdin=process.stdout, check=False).returncode
    if extracted or process.returncode:
        raise Failed(f"all of {source}", "it ended early, as the lines above say", "repeat")


@contextmanager
def _pod(namespace: Namespace) -> Iterator[str]:
    """Have a pod that does nothing but mount the volume; gives the directory."""
    own = f"--namespace={namespace.name}"
    jobs = get(namespace.context, "cronjob", "backup", own)
    mounts = [
        mount["mountPath"]
        for job in jobs
        for mount in _template(job)["containers"][0]["volumeMounts"]
        if mount["name"] == "backups"
    ]
    if not mounts:
        raise Failed(
            f"a stack that keeps backups in a volume of its own: {namespace.name}",
            "it makes none, or to another place",
            "pulumi config set backupSchedule ..., and `make up`: the volume is found again",
        )
    _delete(namespace)
    kubectl(namespace.context, own, "create", "--filename=-", stdin=json.dumps(_reader(jobs[0])))
    try:
        ready = f"--timeout={_READY_TIMEOUT_S}s"
        wait = ["wait", f"pod/{POD}", "--for=condition=Ready", ready]
        kubectl(namespace.context, own, *wait, timeout=_READY_TIMEOUT_S + 10)
        yield mounts[0]
    finally:
        _delete(namespace)


def _template(job: dict[str, Any]) -> dict[str, Any]:
    return job["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def _reader(job: dict[str, Any]) -> dict[str, Any]:
    """A pod like those of the CronJob, without its secrets and its work."""
    template = _template(job)
    kept = ("image", "imagePullPolicy", "resources", "securityContext", "volumeMounts")
    container = {name: template["containers"][0][name] for name in kept}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD, "labels": {"app.kubernetes.io/part-of": "mlplatform"}},
        "spec": {
            "activeDeadlineSeconds": _LIFE_S,
            "automountServiceAccountToken": False,
            "containers": [container | {"name": POD, "command": ["sleep", str(_LIFE_S)]}],
            "enableServiceLinks": False,
            "restartPolicy": "Never",
            "securityContext": template["securityContext"],
            "terminationGracePeriodSeconds": 0,
            "volumes": template["volumes"],
        },
    }


def _delete(namespace: Namespace) -> None:
    own = f"--namespace={namespace.name}"
    kubectl(namespace.context, own, "delete", "pod", POD, "--ignore-not-found")
