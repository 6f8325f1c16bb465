"""A training script as a user has it; it prints every answer that MLflow's client was given.

Run as `python -m drills.training ADDRESS`, with MLFLOW_TRACKING_URI set and nothing else: the host
is resolved to the address, as a line in /etc/hosts would do.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import urllib3.connection

from smoke_tests.network import resolve

STEPS = 60
STEP_S = 0.5
ARTIFACT_EVERY = 10
METRIC = "loss"


def artifact(step: int) -> str:
    """Name of the file that is logged at a step."""
    return f"checkpoints/{step}.txt"


class Observed(urllib3.connection.HTTPConnection):
    """A connection that prints each answer: seconds since the start, seconds it took, status."""

    began = time.monotonic()

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> None:
        """Send a request and remember when."""
        self._asked = (time.monotonic(), method, urlsplit(url).path)
        super().request(method, url, *arguments, **options)

    def getresponse(self) -> Any:
        """Wait for the answer and print it, or what came instead."""
        asked, method, path = self._asked
        answer: Any = "none"
        try:
            response = super().getresponse()
            answer = response.status
            return response
        except Exception as error:
            answer = type(error).__name__
            raise
        finally:
            now = time.monotonic()
            print(
                f"answer {asked - self.began:.2f} {now - asked:.3f} {answer} {method} {path}",
                flush=True,
            )


def main(address: str) -> None:
    """Train: a metric at every step, and a checkpoint now and then."""
    pool: Any = urllib3.HTTPConnectionPool
    pool.ConnectionCls = Observed
    host = urlsplit(os.environ["MLFLOW_TRACKING_URI"]).hostname or ""
    with resolve({host}, address):
        import mlflow

        with mlflow.start_run() as run:
            print(f"run {run.info.run_id}", flush=True)
            for step in range(STEPS):
                mlflow.log_metric(METRIC, 1 / (step + 1), step=step)
                if step % ARTIFACT_EVERY == 0:
                    mlflow.log_text(f"weights of step {step}", artifact(step))
                print(f"step {step}", flush=True)
                time.sleep(STEP_S)
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
