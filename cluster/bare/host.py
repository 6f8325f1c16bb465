"""Prepares a bare machine for Minikube's none driver; every change goes through the record."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from cluster.profiles import minikube_home
from cluster.record import Record
from toolchain import build, programs
from toolchain.process import run, say, succeeds
from toolchain.programs import KUBERNETES_VERSION

PACKAGES = (
    "buildah",
    "conntrack",
    "containerd",
    "containernetworking-plugins",
    "debootstrap",
    "ethtool",
    "iproute2",
    "ipset",
    "iptables",
    "netbase",
    "nftables",
    "openrc",
    "procps",
    "runc",
    "socat",
    "sudo",
)
SERVICE_RANGE = "10.96.0.0/12"
SERVICE_BRIDGE = "svc0"
VOLUMES = Path("/var/lib/mlplatform/volumes")
MINIKUBE_VOLUMES = Path("/tmp/hostpath-provisioner")
SYSTEMD = Path("/run/systemd/system")
"""Exists exactly where systemd runs (sd_booted(3))."""
KUBELET = Path("/etc/kubernetes/kubelet.conf.d/mlplatform.conf")
"""More of the kubelet's configuration: in a directory that it is told of (--config-dir)."""


def prepare(record: Record) -> None:
    """Bring the host to where `minikube start` works; again and again, also after a restart.

    Raises:
        Failed: a step did; the ones before it are in the record.
    """
    install_packages()
    _hide_systemctl(record)
    _configure_containerd(record)
    record.replace_file(KUBELET, (resources.files("cluster.bare") / "kubelet.conf").read_text())
    _keep_service_addresses_inside(record)
    _keep_volumes_across_restarts(record)
    _place_node_programs(record)


def install_packages() -> None:
    """Install what a node and the building of images need; they stay when the node goes.

    Raises:
        Failed: apt-get could not.
    """
    installed = run(
        ["dpkg-query", "--show", "--showformat", "${Package} ${Status}\n"], timeout=60
    ).splitlines()
    missing = [name for name in PACKAGES if f"{name} install ok installed" not in installed]
    if not missing:
        return
    say(f"Installing Debian packages: {' '.join(missing)}")
    environment = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    with _no_services_started():
        run(["apt-get", "update"], timeout=300, env=environment)
        # Docker's own containerd would else be taken away for Debian's.
        options = ["--yes", "--no-install-recommends", "--no-remove"]
        run(["apt-get", "install", *options, *missing], timeout=600, env=environment)


@contextmanager
def _no_services_started() -> Iterator[None]:
    """Keep package scripts from starting services before they are configured (policy-rc.d)."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def _hide_systemctl(record: Record) -> None:
    """Minikube takes a systemctl that exists for a systemd that runs, and fails on it."""
    if SYSTEMD.exists() or not shutil.which("systemctl"):
        return
    record.note("diverted systemctl", False)
    run([*_DIVERT, "--add", "/bin/systemctl"], timeout=30)


def show_systemctl() -> None:
    """Undo the diversion."""
    run([*_DIVERT, "--remove", "/bin/systemctl"], timeout=30)


_DIVERT = ["dpkg-divert", "--local", "--rename", "--divert", "/bin/systemctl.distrib"]


def _configure_containerd(record: Record) -> None:
    files = resources.files("cluster.bare") / "containerd"
    changed = [
        record.replace_file(path, (files / name).read_text(), mode)
        for path, name, mode in (
            (Path("/etc/containerd/config.toml"), "config.toml", 0o644),
            (Path("/etc/containerd/conf.d/mlplatform.toml"), "mlplatform.toml", 0o644),
            *([] if SYSTEMD.exists() else [(Path("/etc/init.d/containerd"), "init.sh", 0o755)]),
        )
    ]
    # Minikube looks for the plugins where the upstream packages put them.
    record.replace_link(Path("/opt/cni/bin"), Path("/usr/lib/cni"))
    if any(changed) or not containerd_answers():
        record.note("containerd was running", containerd_answers())
        run(["service", "containerd", "restart"], timeout=60)


def containerd_answers() -> bool:
    """Whether containerd runs and talks."""
    return succeeds(["ctr", "version"])


def _keep_service_addresses_inside(record: Record) -> None:
    """Route the service range nowhere.

    Until kube-proxy has written its rules, a packet to a Service would follow the default route
    out of the machine. kube-proxy rewrites addresses before routing, so it is not disturbed.
    """
    record.note("ip_forward", Path("/proc/sys/net/ipv4/ip_forward").read_text().strip())
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    if not succeeds(["ip", "link", "show", SERVICE_BRIDGE]):
        record.note("service bridge", None)
        run(["ip", "link", "add", SERVICE_BRIDGE, "type", "bridge"], timeout=10)
    run(["ip", "link", "set", SERVICE_BRIDGE, "up"], timeout=10)
    run(["ip", "route", "replace", SERVICE_RANGE, "dev", SERVICE_BRIDGE], timeout=10)


def _keep_volumes_across_restarts(record: Record) -> None:
    """Minikube keeps volumes below /tmp, which a restart of the machine may empty."""
    record.note("volumes", None)
    VOLUMES.mkdir(parents=True, exist_ok=True)
    MINIKUBE_VOLUMES.mkdir(parents=True, exist_ok=True)
    if not MINIKUBE_VOLUMES.is_mount():
        run(["mount", "--bind", VOLUMES, MINIKUBE_VOLUMES], timeout=10)


def _place_node_programs(record: Record) -> None:
    """Put programs where Minikube looks before it downloads, and sudo before it gives up."""
    node = {program.name: build.directory(program) / "bin" for program in programs.NODE}
    record.replace_link(Path("/usr/local/bin/crictl"), node["crictl"] / "crictl")
    kubernetes = {
        "kubelet": node["kubernetes"],
        "kubeadm": node["kubernetes"],
        "kubectl": build.directory(programs.KUBECTL) / "bin",
    }
    cache = minikube_home() / "cache/linux" / programs.machine_architecture() / KUBERNETES_VERSION
    for place in (Path("/var/lib/minikube/binaries") / KUBERNETES_VERSION, cache):
        place.mkdir(parents=True, exist_ok=True)
        for name, directory in kubernetes.items():
            target = place / name
            # Copies: the kubelet must outlive a cache that somebody clears.
            if not target.exists() or target.stat().st_size != (directory / name).stat().st_size:
                target.unlink(missing_ok=True)
                shutil.copy2(directory / name, target)
