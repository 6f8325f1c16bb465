"""Which cluster a machine offers."""

import enum
import json
import os
import platform
from pathlib import Path

from toolchain.process import succeeds


class Kind(enum.Enum):
    """How there comes to be a cluster."""

    NAMED = "a context that the user named"
    MINIKUBE = "a Minikube with the user's own driver"
    NODE = "a Minikube on this machine itself, which has no container engine"


ENGINES = (
    ("docker", "info"),
    ("podman", "info"),
    ("virsh", "--connect", "qemu:///system", "version"),
)
"""Commands that succeed where Minikube has something to run its node in."""


def kind_of(context: str | None) -> Kind:
    """Tell which cluster it will be, without changing or building anything."""
    if context:
        return Kind.NAMED
    driver = _driver_of_profile() or os.environ.get("MINIKUBE_DRIVER")
    if driver:
        return Kind.NODE if driver == "none" else Kind.MINIKUBE
    # Where Minikube brings its own virtual machine, it needs no engine.
    if platform.system() != "Linux" or any(succeeds(command) for command in ENGINES):
        return Kind.MINIKUBE
    return Kind.NODE


def profile() -> str:
    """The Minikube profile, which is also the name of its context."""
    return os.environ.get("MINIKUBE_PROFILE") or "minikube"


def minikube_home() -> Path:
    """Where Minikube keeps its profiles and its cache."""
    return Path(os.environ.get("MINIKUBE_HOME") or Path.home()) / ".minikube"


def _driver_of_profile() -> str | None:
    config = minikube_home() / "profiles" / profile() / "config.json"
    if not config.exists():
        return None
    return json.loads(config.read_text()).get("Driver")
