"""What a stack answers, from what its parts count: requests per second, and how long they take.

The ports are read through the cluster's API, so that a person needs no way into the pods' network,
and no right but to reach pods by it.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from cluster.kubectl import kubectl
from front_door.request import Request
from toolchain.process import Failed

_PART = "app.kubernetes.io/name"
_PORT = "metrics"
_SERVERS = {"mlflow-server": "mlplatform_mlflow", "model-": "mlplatform_model"}
"""What the parts that answer clients begin with, and what their metrics do."""
_PROBES = "health"
TIMEOUT_S = 10


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What the pods of a part have answered since they started.

    Attributes:
        at: when that was read, seconds of a monotonic clock.
        requests: how many.
        within: how many of them took at most so many seconds; the last bound is infinite.
    """

    at: float
    requests: float
    within: Mapping[float, float]


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What a part has answered between two looks.

    Attributes:
        part: which part.
        per_second: requests.
        p50_s: seconds within which half of them were answered; None where there were none.
        p99_s: the same for 99 of 100.
    """

    part: str
    per_second: float
    p50_s: float | None
    p99_s: float | None


def counted(request: Request, pods: Sequence[Mapping[str, Any]]) -> dict[str, Counted]:
    """Read what each part counts; nothing for a stack whose parts tell nobody.

    Args:
        request: the stack.
        pods: its pods, as the API returns them.
    """
    samples: dict[str, list[Sample]] = {}
    for pod in pods:
        part = pod["metadata"]["labels"].get(_PART, "")
        if not part.startswith(tuple(_SERVERS)) or pod["status"].get("phase") != "Running":
            continue
        for container in pod["spec"]["containers"]:
            for port in container.get("ports", []):
                if port.get("name") == _PORT:
                    told = _read(request, pod["metadata"]["name"], port["containerPort"])
                    samples.setdefault(part, []).extend(told)
    return {part: summed(told, _prefix(part)) for part, told in samples.items()}


def summed(samples: Sequence[Sample], prefix: str) -> Counted:
    """Add up what several pods tell, without what probes ask.

    Args:
        samples: of all pods.
        prefix: what the names of the metrics begin with.
    """
    requests: float = 0
    within: defaultdict[float, float] = defaultdict(float)
    for sample in samples:
        if sample.labels.get("family") == _PROBES:
            continue
        if sample.name == f"{prefix}_requests_total":
            requests += sample.value
        elif sample.name == f"{prefix}_request_seconds_bucket":
            within[float(sample.labels["le"])] += sample.value
    return Counted(at=time.monotonic(), requests=requests, within=within)


def between(part: str, before: Counted, after: Counted) -> Traffic:
    """Return what was answered between two looks.

    Args:
        part: which part.
        before: the first look.
        after: the second; what has started in between has counted from nothing.
    """
    if after.requests < before.requests:
        before = Counted(at=before.at, requests=0, within={})
    within = {bound: n - before.within.get(bound, 0) for bound, n in after.within.items()}
    return Traffic(
        part=part,
        per_second=(after.requests - before.requests) / (after.at - before.at),
        p50_s=quantile(0.5, within),
        p99_s=quantile(0.99, within),
    )


def quantile(share: float, within: Mapping[float, float]) -> float | None:
    """Return the seconds within which a share of requests were answered, as Prometheus does.

    That is by a straight line inside of a bucket (histogram_quantile in its documentation).

    Args:
        share: between 0 and 1.
        within: how many took at most so many seconds.
    """
    bounds = sorted(within)
    if not bounds or not within[bounds[-1]]:
        return None
    wanted, low, below = share * within[bounds[-1]], 0.0, 0.0
    for bound in bounds[:-1]:
        if within[bound] >= wanted:
            return low + (bound - low) * (wanted - below) / (within[bound] - below)
        low, below = bound, within[bound]
    return low


def _prefix(part: str) -> str:
    return next(prefix for begin, prefix in _SERVERS.items() if part.startswith(begin))


def _read(request: Request, pod: str, port: int) -> list[Sample]:
    """What a pod tells; nothing while it does not answer, which others say."""
    path = f"/api/v1/namespaces/{request.namespace}/pods/{pod}:{port}/proxy/metrics"
    try:
        told = kubectl(request.context_name, "get", f"--raw={path}", timeout=TIMEOUT_S)
    except Failed:
        return []
    return [sample for family in text_string_to_metric_families(told) for sample in family.samples]
