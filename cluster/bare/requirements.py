"""What a bare machine must have, looked at before anything on it is changed."""

import os
import platform
import re
import shutil
import socket
from pathlib import Path

MEMORY_GIB = 4
"""The control plane takes 1.3 GiB, a stack 1, and a build of an image the rest."""
DISK_GIB = 25
"""The build takes 14 GiB for a while; what stays is 3 GiB of programs and 5 of images."""
KERNEL = (5, 4)
"""https://kubernetes.io/docs/setup/production-environment/container-runtimes: cgroup and nftables
features that Kubernetes 1.35 tests for have been in every kernel since."""
INGRESS_PORTS = (80, 443)
KUBELET = Path("/etc/kubernetes/kubelet.conf")
"""What kubeadm, and Minikube by it, gives a kubelet: there is one on every node."""


def problems() -> list[str]:
    """What keeps this machine from becoming a node: a sentence each, with what to do."""
    return [
        *_system(),
        *_kernel(platform.release()),
        *_memory(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")),
        *_disk(shutil.disk_usage("/").free),
        *(problem for port in INGRESS_PORTS for problem in _port(port)),
    ]


def _system() -> list[str]:
    found: list[str] = []
    if platform.system() != "Linux":
        return [f"this is {platform.system()}, and only Linux can be a node: install Docker"]
    if not shutil.which("apt-get"):
        found.append("there is no apt-get, and the packages of a node come from Debian or Ubuntu")
    if os.geteuid() != 0:
        found.append("you are not root, and containers need it: use `sudo -E make ...`")
    if KUBELET.exists():
        found.append(f"it is the node of another cluster, by {KUBELET}: name that one")
    return found


def _kernel(release: str) -> list[str]:
    match = re.match(r"(\d+)\.(\d+)", release)
    if match and (int(match[1]), int(match[2])) >= KERNEL:
        return []
    return [f"the kernel is {release}, and {KERNEL[0]}.{KERNEL[1]} or newer is needed"]


def _memory(size: int) -> list[str]:
    if size >= MEMORY_GIB * 2**30 * 0.95:
        return []
    return [f"{size / 2**30:.1f} GiB of memory, and {MEMORY_GIB} are needed"]


def _disk(free: int) -> list[str]:
    if free >= DISK_GIB * 2**30:
        return []
    return [f"{free / 2**30:.0f} GiB of disk are free under /, and {DISK_GIB} are needed"]


def _port(port: int) -> list[str]:
    with socket.socket() as listener:
        # Else a connection that ended a moment ago would count as taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("", port))
        except PermissionError:
            return []
        except OSError:
            return [f"port {port} is taken by {_holder(port)}, and the ingress needs it: stop that"]
    return []


def _holder(port: int) -> str:
    """Who listens on a port, as far as /proc tells."""
    inode = None
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(f":{port:04X}") and fields[3] == "0A":
                inode = fields[9]
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if inode and str(link.readlink()) == f"socket:[{inode}]":
                process = link.parent.parent
                name = (process / "comm").read_text().strip()
                return f"{name} (process {process.name})"
        except OSError:
            continue
    return "another program"
