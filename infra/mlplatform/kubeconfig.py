"""The contexts that kubectl, and so the Kubernetes provider, would find."""

import os
from collections.abc import Mapping
from pathlib import Path

import yaml


class KubeconfigError(Exception):
    """A kubeconfig file exists and cannot be used."""


def contexts(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the names of all contexts, in the order of the files.

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
    names: list[str] = []
    for path in paths:
        if path.is_file():
            names += [name for name in _contexts_in(path) if name not in names]
    return names


def _contexts_in(path: Path) -> list[str]:
    try:
        content = yaml.safe_load(path.read_text())
        entries = None if content is None else content.get("contexts")
        return [] if entries is None else [entry["name"] for entry in entries]
    except (
        OSError,
        UnicodeDecodeError,
        yaml.YAMLError,
        AttributeError,
        KeyError,
        TypeError,
    ) as error:
        raise KubeconfigError(f"{path} cannot be read as a kubeconfig: {error}") from error
