"""MLflow's own server of a model, as a process of this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from smoke_tests.wait import wait_until

_STARTS_S = 120
_ENDS_S = 30


@dataclass(frozen=True)
class Plain:
    """A server that answers.

    Attributes:
        url: where.
        group: number of its process group.
        started_s: seconds until it answered.
    """

    url: str
    group: int
    started_s: float


@contextmanager
def plain_server(model: Path) -> Iterator[Plain]:
    """Run `mlflow models serve` until the block ends.

    Args:
        model: directory of the model's files.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager=local"]
    process = subprocess.Popen(
        [*command, f"--model-uri={model}", f"--port={port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # It starts the server as another process.
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        answers_at(url)
        yield Plain(url, process.pid, time.monotonic() - began)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(_ENDS_S)


def answers_at(url: str) -> None:
    """Wait until a server says that it has its model.

    Args:
        url: without `/ping`.
    """
    wait_until(
        lambda: requests.get(f"{url}/ping", timeout=5).ok,
        timeout_s=_STARTS_S,
        describe=f"{url} answers",
        interval_s=0.05,
    )
