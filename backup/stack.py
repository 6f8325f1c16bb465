"""What making and restoring a backup both need of a stack."""

from __future__ import annotations

from typing import Any

from cluster.kubectl import get, kubectl
from mlplatform_server.backup.bucket import Bucket
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings

MLFLOW = "deployment/mlflow-server"


def bucket(settings: Settings) -> Bucket:
    """The stack's bucket, reached with MLflow's own key through the ingress."""
    return Bucket(
        settings.s3_endpoint_url,
        settings.bucket,
        settings.s3_access_key,
        settings.s3_secret_key,
        settings.s3_region,
        settings.store_ca_file,
    )


def mlflow_image(namespace: Namespace) -> str:
    """Image of the stack's MLflow, whether it runs or not."""
    return _container(namespace)["image"]


def public_environment(namespace: Namespace) -> dict[str, str]:
    """What the stack's MLflow is told that is no secret."""
    return {one["name"]: one["value"] for one in _container(namespace)["env"] if "value" in one}


def _container(namespace: Namespace) -> dict[str, Any]:
    (deployment,) = get(namespace.context, MLFLOW, f"--namespace={namespace.name}")
    return deployment["spec"]["template"]["spec"]["containers"][0]


def mark(namespace: Namespace, annotation: str, value: str | None) -> None:
    """Set an annotation of the namespace, or take it away."""
    entry = f"{annotation}-" if value is None else f"{annotation}={value}"
    kubectl(namespace.context, "annotate", "namespace", namespace.name, entry, "--overwrite")


def marked(namespace: Namespace, annotation: str) -> str | None:
    """Read an annotation of the namespace."""
    (found,) = get(namespace.context, "namespace", namespace.name)
    return found["metadata"].get("annotations", {}).get(annotation)
