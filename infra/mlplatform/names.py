"""Every name that more than one part of the project relies on is made here."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

PROJECT = "mlplatform"
BUCKET = "mlflow"
DATABASE = "mlflow"
DEFAULT_STACK = "dev"

POSTGRES = "postgres"
MINIO = "minio"
# Not `mlflow`: Kubernetes would put MLFLOW_PORT=tcp://... into the namespace's pods, and the server
# reads that variable as its own option.
MLFLOW = "mlflow-server"
BUCKET_JOB = "bucket"
MIGRATION_JOB = "migration"


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """The two public host names of a stack."""

    mlflow: str
    minio: str


def namespace(stack: str) -> str:
    """Return the Kubernetes namespace of a stack."""
    return f"{PROJECT}-{stack}"


def hosts(stack: str, domain: str | None) -> Hosts:
    """Return the hosts of a stack, below `domain` if one is given."""
    if domain is None:
        domain = "local" if stack == DEFAULT_STACK else f"{stack}.local"
    return Hosts(mlflow=f"mlflow-server.{domain}", minio=f"mlflow-minio.{domain}")


def job(purpose: str, inputs: dict[str, Any]) -> str:
    """Return the name of a Job: its purpose and a hash of what it is run with.

    A Job's template cannot be changed, so other inputs are another Job; the old one is removed
    after the new one is done.

    Args:
        purpose: what the Job is for.
        inputs: image, command, environment: whatever the result depends on. Must not hold a secret.
    """
    digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
    return f"{purpose}-{digest[:10]}"
