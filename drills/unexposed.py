"""A stack that no ingress shows, reached through the cluster's API."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import IO

from drills.stand import Stand
from front_door import smoke
from smoke_tests.settings import PREFIX, Settings, load_settings
from toolchain.paths import ROOT
from toolchain.process import Failed, show

SEED_TIMEOUT_S = 1800
INGRESS_CLASS = "shown-by-nobody"
"""A class that no controller serves."""
_FORWARDING = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")


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
        settings = self.settings
        environment = smoke.environment(self.request) | {
            "SIZE": size,
            f"{PREFIX}TRACKING_URI": settings.tracking_uri,
            f"{PREFIX}S3_ENDPOINT_URL": settings.s3_endpoint_url,
        }
        show(["python", "-m", "seed"], timeout=SEED_TIMEOUT_S, env=environment, cwd=ROOT)


@contextmanager
def reached(stand: Stand) -> Iterator[Unexposed]:
    """Forward the ports of the stack's pods of this moment."""
    with ExitStack() as stack:
        ports = [
            stack.enter_context(_forwarded(stand, service))
            for service in ("service/mlflow-server:http", "service/minio:s3")
        ]
        yield Unexposed(stand.request, *ports)


@contextmanager
def _forwarded(stand: Stand, target: str) -> Iterator[int]:
    service, port = target.split(":")
    command = ["kubectl", f"--context={stand.request.context_name}"]
    command += [f"--namespace={stand.request.namespace}", "port-forward", service, f":{port}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield _port(process.stdout, service)
    finally:
        process.kill()
        process.wait()


def _port(printed: IO[str] | None, service: str) -> int:
    """The port that kubectl has chosen; it prints that, or ends."""
    line = printed.readline() if printed else ""
    found = _FORWARDING.match(line)
    if found is None:
        raise Failed(
            f"a port that leads to {service}", line or "kubectl ended", "read its line above"
        )
    return int(found[1])
