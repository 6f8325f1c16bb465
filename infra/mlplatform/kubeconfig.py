"""The contexts that kubectl, and so the Kubernetes provider, would find."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_MINIKUBE = "minikube.sigs.k8s.io"


class KubeconfigError(Exception):
    """A kubeconfig file exists and cannot be used."""


def contexts(environment: Mapping[str, str] = os.environ) -> dict[str, bool]:
    """Return the names of all contexts, in the order of the files, and which are a Minikube's.

    Files are looked up as kubectl does: those in KUBECONFIG, separated like PATH, else
    ~/.kube/config. A file that does not exist is passed over.

    Args:
        environment: where KUBECONFIG is read from.

    Raises:
        KubeconfigError: a file is not YAML, or not a kubeconfig.
    """
    configured = environment.get("KUBECONFIG", "")
    paths = [Path(name) for name in configured.split(os.pathsep) if name]
    if not paths:
        paths = [Path.home() / ".kube" / "config"]
    found: dict[str, bool] = {}
    for path in paths:
        if path.is_file():
            found |= {name: own for name, own in _contexts_in(path).items() if name not in found}
    return found


def _contexts_in(path: Path) -> dict[str, bool]:
    try:
        content = yaml.safe_load(path.read_text())
        entries = None if content is None else content.get("contexts")
        return {entry["name"]: _is_minikube(entry) for entry in entries or ()}
    except (
        OSError,
        UnicodeDecodeError,
        yaml.YAMLError,
        AttributeError,
        KeyError,
        TypeError,
    ) as error:
        raise KubeconfigError(f"{path} cannot be read as a kubeconfig: {error}") from error


def _is_minikube(entry: dict[str, Any]) -> bool:
    """Whether Minikube has signed the entry, as it does with those that it writes."""
    extensions = entry.get("context", {}).get("extensions") or ()
    return any(one["extension"].get("provider") == _MINIKUBE for one in extensions)
