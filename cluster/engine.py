"""What a Minikube's node runs in: the container engine, or the hypervisor, of the machine."""

import os
import platform
import shutil
from pathlib import Path

from cluster import profiles
from cluster.address import THIS_MACHINE, TLS_PORT, answers
from toolchain import selection
from toolchain.process import Failed, run, succeeds

_PODMAN = ("podman", "info")
_LIBVIRT = ("virsh", "--connect", "qemu:///system", "version")
OTHERS = (_PODMAN, _LIBVIRT)
"""Commands that succeed where Minikube has something else than Docker to run its node in."""
LISTINGS = {
    "container": ("ps", "--all", "--format={{.Names}}"),
    "volume": ("volume", "ls", "--quiet"),
}
UNPRIVILEGED_PORTS = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


def is_installed() -> bool:
    """Whether Minikube has something to run its node in, be it stopped or closed to this user."""
    if _docker_answers() or _docker_problem():
        return True
    return any(succeeds(command) for command in OTHERS)


def problems() -> list[str]:
    """What keeps Minikube from starting here: a sentence each, with what to do."""
    if profiles.chosen_driver() == "none":
        return []
    found: list[str] = []
    if os.geteuid() == 0 and not profiles.option("force"):
        found.append(
            "you are root, which Minikube refuses (DRV_AS_ROOT): be a user of group docker, or, "
            "where all is root, such as in a container, set MINIKUBE_FORCE=true"
        )
    if profiles.chosen_driver() in (None, "docker") and (problem := _docker_problem()):
        found.append(problem)
    if _publishes():
        found += _port_problems()
    if _needs_kvm() and not selection.MINIKUBE.usable():
        found.append(
            "Minikube is not installed, and the one that is built instead has no driver for KVM: "
            f"{selection.MINIKUBE.from_its_maker}"
        )
    return found


def start_options() -> list[str]:
    """What a new profile needs that Minikube would not choose by itself."""
    if not _is_new_in_docker():
        return []
    options = ["--driver=docker"]
    # Else a quarter of the memory, 3 GB of a laptop's 8: too little for two stacks. Pods have
    # limits of their own.
    if not profiles.option("memory"):
        options.append("--memory=no-limit")
    if _publishes():
        options.append(f"--ports={THIS_MACHINE}:80:80")
        # Only a stack with TLS needs it, and whatever has it here may be there for a reason.
        if not answers(THIS_MACHINE, TLS_PORT):
            options.append(f"--ports={THIS_MACHINE}:{TLS_PORT}:{TLS_PORT}")
    return options


def containers(profile: str) -> list[str]:
    """Containers and volumes of a Minikube profile, wherever that profile lies.

    An engine is shared by all: `minikube start` and `minikube delete` take what bears the name of
    their profile for their own (PossibleLeftOvers in Minikube's delete.go).
    """
    label = f"--filter=label=name.minikube.sigs.k8s.io={profile}"
    found: list[str] = []
    for engine in filter(shutil.which, ("docker", "podman")):
        for kind, words in LISTINGS.items():
            try:
                names = run([engine, *words, label], timeout=20).split()
            except Failed:
                continue  # An engine that does not answer is not the one that is used.
            found += [f"{kind} {name} of {engine}" for name in names]
    return found


def is_wsl() -> bool:
    """Whether this Linux runs in Windows, whose browsers do not know its names and addresses."""
    return "microsoft" in platform.release().lower()


def _is_new_in_docker() -> bool:
    """Whether the profile is yet to be made, and its node will be a container of Docker."""
    if profiles.driver(profiles.profile()) or profiles.option("driver") not in (None, "docker"):
        return False
    return _docker_answers()


def _publishes() -> bool:
    """Whether a new node's ports are to be those of this machine, which cannot reach the node.

    Not with several nodes: each would want them.
    """
    if profiles.option("ports") or (profiles.option("nodes") or "1") != "1":
        return False
    if not _is_new_in_docker():
        return False
    return platform.system() != "Linux" or is_wsl() or "Docker Desktop" in _info() or _is_rootless()


def _port_problems() -> list[str]:
    found: list[str] = []
    if _is_rootless() and int(UNPRIVILEGED_PORTS.read_text()) > 80:
        found.append(
            "Docker without root may not publish port 80: "
            "sudo sysctl net.ipv4.ip_unprivileged_port_start=80"
        )
    if answers(THIS_MACHINE):
        found.append("another program has port 80, and the ingress needs it: stop that")
    return found


def _needs_kvm() -> bool:
    """Whether a node can only be a virtual machine of libvirt."""
    if driver := profiles.chosen_driver():
        return driver == "kvm2"
    return (
        platform.system() == "Linux"
        and not _docker_answers()
        and not succeeds(_PODMAN)
        and succeeds(_LIBVIRT)
    )


def _docker_answers() -> bool:
    return succeeds(["docker", "version"])


def _docker_problem() -> str | None:
    """Why an engine that is installed here does not answer; a client alone is none."""
    try:
        run(["docker", "version"], timeout=20)
    except Failed as failure:
        if "permission denied" in str(failure):
            return (
                "Docker does not let you in: `sudo usermod --append --groups docker $USER`, then "
                "log in again"
            )
        if _engine_is_installed():
            return (
                "Docker is installed and does not answer: start it (Docker Desktop, or "
                "`sudo systemctl start docker`)"
            )
    return None


def _engine_is_installed() -> bool:
    if not shutil.which("docker"):
        return False
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    if os.environ.get("DOCKER_HOST") or shutil.which("dockerd", path=places):
        return True
    # Docker Desktop, Colima and an engine without root each have a context of their own.
    name = run(["docker", "context", "inspect", "--format={{.Name}}"], timeout=20).strip()
    return name != "default"


def _is_rootless() -> bool:
    return "name=rootless" in _info()


def _info() -> str:
    asked = "--format={{.OperatingSystem}} {{.SecurityOptions}}"
    return run(["docker", "info", asked], timeout=20)
