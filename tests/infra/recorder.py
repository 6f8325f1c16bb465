"""Runs the program with a configuration of a test's, and finds things in what it declared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlplatform import recording
from mlplatform.existing import Existing
from mlplatform.recording import Declared
from mlplatform.settings import parse_settings

TAGS = {
    "postgres": "17-0123456789ab",
    "minio": "2026-0123456789ab",
    "seaweedfs": "4.48-0123456789ab",
    "mlflow": "3.17.2-0123456789ab",
    "prometheus": "2.53-0123456789ab",
}
WORKLOADS = {"Deployment", "StatefulSet", "Job", "CronJob"}


def image_names(registry: str, architecture: str | None = None) -> dict[str, str]:
    """Stand in for the images made from images/, in the registry that the settings name."""
    ending = f"-{architecture}" if architecture else ""
    return {part: f"{registry}/{part}:{tag}{ending}" for part, tag in TAGS.items()}


@dataclass(frozen=True)
class Recording:
    """What one run of the program declared."""

    stack: str
    declared: list[Declared]
    outputs: dict[str, Any]
    secret_outputs: set[str]

    @property
    def objects(self) -> list[Declared]:
        """The Kubernetes objects."""
        return [one for one in self.declared if one.type.startswith("kubernetes:")]

    @property
    def workloads(self) -> list[Declared]:
        """The objects that have pods."""
        return [one for one in self.objects if one.kind in WORKLOADS]

    @property
    def secret_values(self) -> dict[str, dict[str, str]]:
        """What the Secrets hold, by their names."""
        return {
            one.object["metadata"]["name"]: one.object["stringData"]
            for one in self.of_kind("Secret")
        }

    def of_kind(self, kind: str) -> list[Declared]:
        return [one for one in self.objects if one.kind == kind]

    def one(self, kind: str, name: str) -> Declared:
        """The only object of a kind with the given value of app.kubernetes.io/name."""
        label = "app.kubernetes.io/name"
        found = [
            one for one in self.of_kind(kind) if one.object["metadata"]["labels"][label] == name
        ]
        assert len(found) == 1, f"{len(found)} objects of kind {kind} for {name}"
        return found[0]


def record(
    config: Mapping[str, str] | None = None,
    stack_name: str = "dev",
    *,
    existing: Existing | None = None,
    preview: bool = False,
) -> Recording:
    """Run the program with a configuration.

    Args:
        config: values by key, as in a stack's configuration.
        stack_name: name of the stack.
        existing: what the cluster has; None for nothing.
        preview: leave unknown what only a cluster or a real run can tell.
    """
    settings = parse_settings(config or {}, stack_name, {"minikube": True})
    run = recording.run(settings, existing or Existing(), image_names, preview=preview)
    return Recording(stack_name, run.declared, run.outputs, run.secret_outputs)
