"""`make bench COMPARE=stock`: MLflow as its documentation starts it beside MLflow as it is here."""

from __future__ import annotations

import dataclasses
import json
import secrets
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from bench.costs_of import costs
from bench.table import Figure, side_by_side
from cluster.kubectl import get, kubectl
from front_door import destroy, pulumi, smoke
from front_door.request import Request
from smoke_tests.namespace import Namespace
from smoke_tests.settings import load_settings
from smoke_tests.wait import wait_until
from toolchain.process import say

_SERVER = "mlflow-server"
# What it takes to be reached, to reach the database and the store, and to stay off the internet;
# every other variable of ours is an option that its documentation does not set.
_KEPT = (
    "MLFLOW_BACKEND_STORE_URI",
    "PG",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "MLFLOW_S3_ENDPOINT_URL",
    "MLFLOW_SERVER_ALLOWED_HOSTS",
    "MLFLOW_DISABLE_TELEMETRY",
    "MLFLOW_MODEL_CATALOG_URI",
    "HOME",
    "TMPDIR",
)
KINDS = ("stock", "here", "2 pods")
"""Its four processes and our one, and two of ours: what `replicas` is for."""
# It needs 2.7 GB before anybody has asked for anything.
_MEMORY = "6Gi"
_ROLLOUT_S = 300


def compare(request: Request, repetitions: int) -> str:
    """Measure each on the same stacks, with the same database and store, one after the other.

    Args:
        request: where; its own stack is left alone.
        repetitions: how many stacks.

    Returns:
        A table of medians: a line per figure, a column per kind, and each other over the first.
    """
    measured: list[tuple[list[Figure], ...]] = []
    for repetition in range(1, repetitions + 1):
        own = dataclasses.replace(request, stack=f"bench-{secrets.token_hex(2)}")
        say(f"Stack {own.stack}, {repetition} of {repetitions}")
        try:
            pulumi.up(own)
            here = costs(own)
            pulumi.configure(own.stack, {"replicas": "2"})
            pulumi.up(own)
            doubled = costs(own)
            _start_as_documented(own)
            measured.append((costs(own), here, doubled))
        finally:
            destroy.destroy(own)
    rows = [
        (figure.what, figure.unit, [_median(measured, kind, line) for kind in range(len(KINDS))])
        for line, figure in enumerate(measured[0][0])
    ]
    return side_by_side(KINDS, rows)


def _median(measured: Sequence[tuple[Sequence[Figure], ...]], kind: int, line: int) -> float:
    return statistics.median(figures[kind][line].value for figures in measured)


def _start_as_documented(stack: Request) -> None:
    """Let one pod of the stack's MLflow run another command: its own workers, and no option.

    https://mlflow.org/docs/latest/self-hosting/architecture/tracking-server/
    """
    place = f"--namespace={stack.namespace}"
    [deployment] = get(stack.context_name, "deployment", _SERVER, place)
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    bucket = load_settings(smoke.environment(stack)).bucket
    changed = {
        "name": container["name"],
        "command": ["mlflow", "server", "--host=0.0.0.0", "--port=5000"],
        "args": [f"--artifacts-destination=s3://{bucket}/artifacts"],
        "env": [_left_out(one) for one in container["env"] if not _is_kept(one)],
        "resources": {"limits": {"memory": _MEMORY}},
    }
    patch = {"spec": {"replicas": 1, "template": {"spec": {"containers": [changed]}}}}
    kubectl(
        stack.context_name, "patch", "deployment", _SERVER, place, f"--patch={json.dumps(patch)}"
    )
    status = ["rollout", "status", f"deployment/{_SERVER}", place, f"--timeout={_ROLLOUT_S}s"]
    kubectl(stack.context_name, *status, timeout=_ROLLOUT_S + 10)
    namespace = Namespace(stack.context_name, stack.namespace)
    wait_until(
        lambda: len(namespace.pods(_SERVER)) == 1, timeout_s=60, describe="the pods of before left"
    )


def _is_kept(variable: Mapping[str, Any]) -> bool:
    return variable["name"].startswith(_KEPT)


def _left_out(variable: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": variable["name"], "$patch": "delete"}
