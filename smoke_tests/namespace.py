"""The stack's namespace: its pods, and commands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cluster.kubectl import get, kubectl
from smoke_tests.wait import wait_until

EXECUTE_TIMEOUT_S = 30
REPLACE_TIMEOUT_S = 90


@dataclass(frozen=True)
class Pod:
    """What is known of a pod.

    Attributes:
        name: Its name.
        uid: Never used twice, unlike the name of a StatefulSet's pod.
        started_at: When its only container started, to the second; None while it has not.
        ready_at: When the pod became ready, to the second; None while it is not.
    """

    name: str
    uid: str
    started_at: datetime | None
    ready_at: datetime | None


@dataclass(frozen=True)
class Namespace:
    """One namespace of one cluster.

    Attributes:
        context: kubectl context of the cluster.
        name: Its name.
        has_database: Whether Postgres runs in it.
    """

    context: str
    name: str
    has_database: bool = True

    def execute(
        self,
        workload: str,
        command: Sequence[str],
        *,
        stdin: str,
        timeout_s: float = EXECUTE_TIMEOUT_S,
    ) -> str:
        """Run a command in a pod of `workload`, such as `deployment/mlflow-server`.

        Args:
            workload: Kind and name.
            command: Program and arguments.
            stdin: What the program reads.
            timeout_s: Seconds after which it is ended.

        Returns:
            What it wrote to standard output.

        Raises:
            toolchain.process.Failed: The command failed, or kubectl did.
        """
        return kubectl(
            self.context,
            f"--namespace={self.name}",
            "exec",
            "--stdin",
            workload,
            "--",
            *command,
            stdin=stdin,
            timeout=timeout_s,
        )

    def pods(self, app: str) -> list[Pod]:
        """The pods of one part of the stack, by its `app.kubernetes.io/name`."""
        found = get(self.context, "pods", f"--namespace={self.name}", _selector(app))
        return [_pod(item) for item in found]

    def scale(self, workload: str, replicas: int) -> None:
        """Let `workload`, such as `deployment/mlflow-server`, have so many pods; wait for none."""
        kubectl(
            self.context, f"--namespace={self.name}", "scale", workload, f"--replicas={replicas}"
        )

    def replace_pods(self, app: str) -> list[Pod]:
        """Delete the pods of one part and wait until as many new ones are ready.

        Returns:
            The new pods.

        Raises:
            TimeoutError: The new ones were not ready, or the old ones not gone, in time.
            ValueError: There is no such pod.
        """
        old = {pod.uid for pod in self.pods(app)}
        if not old:
            raise ValueError(f"no pod of {app} in namespace {self.name}: is the stack up?")
        kubectl(
            self.context,
            f"--namespace={self.name}",
            "delete",
            "pods",
            _selector(app),
            "--wait=false",
        )

        def new_pods() -> list[Pod]:
            pods = self.pods(app)
            new = [pod for pod in pods if pod.uid not in old and pod.ready_at]
            return new if len(new) == len(pods) == len(old) else []

        return wait_until(
            new_pods,
            timeout_s=REPLACE_TIMEOUT_S,
            describe=f"{app} has {len(old)} new pods, ready, and no old one",
        )


def _selector(app: str) -> str:
    return f"--selector=app.kubernetes.io/name={app}"


def _pod(item: dict[str, Any]) -> Pod:
    status = item["status"]
    states = [container["state"] for container in status.get("containerStatuses", [])]
    started = [state["running"]["startedAt"] for state in states if "running" in state]
    ready = [
        condition["lastTransitionTime"]
        for condition in status.get("conditions", [])
        if condition["type"] == "Ready" and condition["status"] == "True"
    ]
    return Pod(
        name=item["metadata"]["name"],
        uid=item["metadata"]["uid"],
        started_at=_time(started),
        ready_at=_time(ready),
    )


def _time(texts: list[str]) -> datetime | None:
    return datetime.fromisoformat(texts[0]) if texts else None
