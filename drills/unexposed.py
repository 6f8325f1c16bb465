"""A stack that no ingress shows, reached through the cluster's API."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from cluster.kubectl import kubectl
from drills.stand import Stand
from front_door import smoke
from front_door.request import Request
from smoke_tests.settings import PREFIX, Settings, load_settings
from smoke_tests.wait import wait_until
from toolchain.paths import ROOT
from toolchain.process import show

TIMEOUT_S = 1800
INGRESS_CLASS = "shown-by-nobody"
"""A class that no controller serves; see `hidden`."""


@dataclass(frozen=True)
class Unexposed(Stand):
    """A stack whose servers are reached at ports of this machine.

    Attributes:
        mlflow_port: MLflow's.
        minio_port: MinIO's.
    """

    mlflow_port: int
    minio_port: int

    @property
    def settings(self) -> Settings:
        """The stack as who may forward ports knows it."""
        os.environ["INGRESS_ADDRESS"] = "127.0.0.1"
        return replace(
            load_settings(smoke.environment(self.request)),
            tracking_uri=f"http://127.0.0.1:{self.mlflow_port}",
            s3_endpoint_url=f"http://127.0.0.1:{self.minio_port}",
        )

    def seed(self, size: str) -> None:
        """Fill it with example data."""
        self._run(["seed"], {"SIZE": size})

    def back_up(self, to: str) -> None:
        """Back it up to a directory."""
        self._run(["backup", "save"], {"TO": to})

    def _run(self, module: Sequence[str], variables: Mapping[str, str]) -> None:
        settings = self.settings
        environment = smoke.environment(self.request) | {
            f"{PREFIX}TRACKING_URI": settings.tracking_uri,
            f"{PREFIX}S3_ENDPOINT_URL": settings.s3_endpoint_url,
        }
        command = ["python", "-m", *module]
        show(command, timeout=TIMEOUT_S, env=environment | dict(variables), cwd=ROOT)


@contextmanager
def hidden(request: Request) -> Iterator[None]:
    """Let the cluster have the class, for stacks whose Ingresses lead nowhere."""
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": INGRESS_CLASS},
        "spec": {"controller": "mlplatform/nobody"},
    }
    kubectl(request.context_name, "apply", "--filename=-", stdin=json.dumps(manifest))
    try:
        yield
    finally:
        kubectl(request.context_name, "delete", "ingressclass", INGRESS_CLASS)


@contextmanager
def reached(stand: Stand) -> Iterator[Unexposed]:
    """Forward the ports of the stack's pods of this moment."""
    with ExitStack() as stack:
        ports = [
            stack.enter_context(forwarded(stand, service))
            for service in ("service/mlflow-server:http", "service/minio:s3")
        ]
        yield Unexposed(stand.request, *ports)


@contextmanager
def forwarded(stand: Stand, target: str) -> Iterator[int]:
    """Forward a free port, again and again: kubectl ends with the first connection that breaks."""
    service, port = target.split(":")
    local = unused_port()
    command = ["kubectl", f"--context={stand.request.context_name}"]
    command += [f"--namespace={stand.request.namespace}", "port-forward", service]
    running: list[subprocess.Popen[bytes]] = []
    ended = threading.Event()

    def forward() -> None:
        while not ended.is_set():
            process = subprocess.Popen(
                [*command, f"{local}:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            running[:] = [process]
            process.wait()

    keeper = threading.Thread(target=forward, daemon=True)
    keeper.start()
    try:
        wait_until(
            lambda: socket.create_connection(("127.0.0.1", local), timeout=1).close() is None,
            timeout_s=30,
            describe=f"{service} is reached at port {local}",
        )
        yield local
    finally:
        ended.set()
        running[0].kill()
        keeper.join()


def unused_port() -> int:
    """Return a port of 127.0.0.1 where nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]
