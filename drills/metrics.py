"""What pods use, which the autoscaler counts by: metrics-server, where the cluster has none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.kubectl import get, kubectl
from drills.beside import beside
from front_door.request import Request
from smoke_tests.wait import wait_until
from toolchain import build
from toolchain.programs import Program

PROGRAM = Program(
    name="metrics-server",
    processor_s=180,
    # Beside this file, not among what users build; the path is one from toolchain/modules.
    module="../../drills/metrics_server",
)
_NAME = "mlplatform-drill-metrics"
_API = "v1beta1.metrics.k8s.io"
_PORT = 4443
_READY_S = 120


@contextmanager
def measured(request: Request) -> Iterator[None]:
    """Let the cluster know what its pods use, until the block ends.

    Args:
        request: names the cluster. One without metrics must be this machine: the program runs
            beside it, as whoever administers it.
    """
    if get(request.context_name, "apiservices", f"--field-selector=metadata.name={_API}"):
        yield
        return
    build.ensure([PROGRAM])
    context = request.context_name
    with beside(context, _command):
        kubectl(context, "apply", "--filename=-", stdin=json.dumps(_objects(context)))
        try:
            wait_until(
                lambda: get(context, "podmetrics.metrics.k8s.io", "--all-namespaces"),
                timeout_s=_READY_S,
                describe="metrics of pods are there",
            )
            yield
        finally:
            kubectl(context, "delete", "apiservice", _API)
            kubectl(context, "delete", "namespace", _NAME)


def _command(directory: Path, kubeconfig: Path) -> list[Path | str]:
    logins = ("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig")
    return [
        build.directory(PROGRAM) / "bin/metrics-server",
        *(f"--{login}={kubeconfig}" for login in logins),
        f"--cert-dir={directory}",
        f"--secure-port={_PORT}",
        # A Minikube's kubelet signs its certificate itself.
        "--kubelet-insecure-tls",
        "--kubelet-preferred-address-types=InternalIP",
        "--metric-resolution=10s",
        "--kubelet-request-timeout=5s",
    ]


def _objects(context: str) -> dict[str, object]:
    """What leads the cluster's API to the program."""
    [node] = get(context, "nodes")
    address = next(
        one["address"] for one in node["status"]["addresses"] if one["type"] == "InternalIP"
    )
    place = {"name": _NAME, "namespace": _NAME}
    items = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _NAME}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": place,
            "spec": {"ports": [{"port": 443, "targetPort": _PORT}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": place | {"labels": {"kubernetes.io/service-name": _NAME}},
            "addressType": "IPv4",
            "ports": [{"port": _PORT}],
            "endpoints": [{"addresses": [address]}],
        },
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": _API},
            "spec": {
                "group": "metrics.k8s.io",
                "version": "v1beta1",
                "service": place,
                "insecureSkipTLSVerify": True,
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
            },
        },
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}
