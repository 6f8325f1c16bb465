"""What a Minikube's node runs in: the container engine, or the hypervisor, of the machine."""

import shutil

from toolchain.process import Failed, run, succeeds

ENGINES = (
    ("docker", "info"),
    ("podman", "info"),
    ("virsh", "--connect", "qemu:///system", "version"),
)
"""Commands that succeed where Minikube has something to run its node in."""


def is_installed() -> bool:
    """Whether Minikube has something to run its node in."""
    return any(succeeds(command) for command in ENGINES)


def containers(profile: str) -> list[str]:
    """Containers and volumes of a Minikube profile, wherever that profile lies.

    An engine is shared by all: `minikube start` and `minikube delete` take what bears the name of
    their profile for their own (PossibleLeftOvers in Minikube's delete.go).
    """
    label = f"--filter=label=name.minikube.sigs.k8s.io={profile}"
    found: list[str] = []
    for engine in filter(shutil.which, ("docker", "podman")):
        for words in (("ps", "--all", "--format={{.Names}}"), ("volume", "ls", "--quiet")):
            try:
                names = run([engine, *words, label], timeout=20).split()
            except Failed:
                continue  # An engine that does not answer is not the one that is used.
            found += [f"{words[0].replace('ps', 'container')} {name} of {engine}" for name in names]
    return found
