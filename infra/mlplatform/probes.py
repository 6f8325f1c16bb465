"""How Kubernetes looks after a program that one question tells all about."""

from functools import partial
from typing import TypedDict

from pulumi_kubernetes.core.v1 import HTTPGetActionArgs, ProbeArgs, TCPSocketActionArgs


class Probes(TypedDict):
    """The probes of a container, as `ContainerArgs` takes them."""

    startup_probe: ProbeArgs
    readiness_probe: ProbeArgs
    liveness_probe: ProbeArgs


def probes(
    starts_s: int,
    *,
    http_get: HTTPGetActionArgs | None = None,
    tcp_socket: TCPSocketActionArgs | None = None,
) -> Probes:
    """Ask the same whether it has started, is ready and is alive.

    Args:
        starts_s: seconds that it may take to start.
        http_get: the question.
        tcp_socket: or whether it listens at all.
    """
    probe = partial(ProbeArgs, http_get=http_get, tcp_socket=tcp_socket)
    return {
        "startup_probe": probe(period_seconds=1, failure_threshold=starts_s),
        "readiness_probe": probe(period_seconds=5, timeout_seconds=5),
        "liveness_probe": probe(period_seconds=10, timeout_seconds=5, failure_threshold=6),
    }
