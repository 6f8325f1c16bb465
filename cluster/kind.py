"""Which cluster a machine offers."""

import enum
import platform

from cluster import engine, profiles


class Kind(enum.Enum):
    """How there comes to be a cluster."""

    NAMED = "a context that the user named"
    MINIKUBE = "a Minikube with the user's own driver"
    NODE = "a Minikube on this machine itself, which has no container engine"


def kind_of(context: str | None) -> Kind:
    """Tell which cluster it will be, without changing or building anything.

    Args:
        context: the context that the user named; None for the Minikube of the current profile.
    """
    if context:
        return Kind.NAMED
    if driver := profiles.chosen_driver():
        return Kind.NODE if driver == "none" else Kind.MINIKUBE
    # Where Minikube brings its own virtual machine, it needs no engine.
    if platform.system() != "Linux" or engine.is_installed():
        return Kind.MINIKUBE
    return Kind.NODE
