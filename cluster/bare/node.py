"""Makes a bare machine the node of its Minikube, and puts it back."""

import shutil
from pathlib import Path

from cluster import profiles
from cluster.bare import host, node_images, requirements
from cluster.profiles import profile
from cluster.record import Record
from toolchain.process import run, say, succeeds
from toolchain.programs import KUBERNETES_VERSION

START = (
    "minikube",
    "start",
    "--driver=none",
    "--container-runtime=containerd",
    f"--kubernetes-version={KUBERNETES_VERSION}",
    "--cni=bridge",
    "--preload=false",
    "--cache-images=false",
    "--interactive=false",
    "--wait=all",
    # kubeadm knows neither every kernel's config nor cgroup version 1 in its hybrid form.
    "--extra-config=kubeadm.ignore-preflight-errors=SystemVerification",
    f"--extra-config=kubelet.config-dir={host.KUBELET.parent}",
)
LEFT_BY_MINIKUBE = (
    Path("/etc/cni/net.d/1-k8s.conflist"),
    Path("/etc/kubernetes"),
    Path("/etc/init.d/kubelet"),
    Path("/var/lib/cni"),
    Path("/var/lib/kubelet"),
    Path("/var/lib/minikube"),
)
HOSTS_FILE = Path("/etc/hosts")
BRIDGE = "bridge"
CHAINS = ("KUBE-", "CNI-", "CNI_")
SETS = ("KUBE-", "kube-router-")
"""How the names of kube-router's sets of addresses begin."""


def problems() -> list[str]:
    """What keeps this machine from becoming the node: a sentence each, with what to do.

    A machine that is it already was looked at before.
    """
    record = Record("host")
    if not record.exists():
        return requirements.problems()
    node_of = _node_of(record)
    if node_of.exists() and node_of != profiles.directory(profile()):
        return [f"it is the node of the Minikube in {node_of}: set MINIKUBE_HOME or _PROFILE to it"]
    return []


def up() -> None:
    """Make this machine a node, or bring a stopped one back with what runs on it.

    Raises:
        Failed: the machine lacks something, or a step failed; the same call goes on from there.
    """
    record = Record("host")
    if not record.exists():
        _note_what_is_there(record)
    record.replace("profile", str(profiles.directory(profile())))
    host.prepare(record)
    node_images.load(record)
    run(["minikube", "config", "set", "WantUpdateNotification", "false"], timeout=30)
    say("Starting Minikube on this machine (about 30 s)")
    run(
        [*START, f"--profile={profile()}"],
        timeout=300,
        todo="read the lines above; `make cluster` again goes on from here",
    )


def put_host_back() -> None:
    """Put the host back as the record says it was, once it is no node any more."""
    record = Record("host")
    if not record.exists():
        return
    node_of = _node_of(record)
    if node_of.exists():
        say(f"This machine stays as it is: it is the node of the Minikube in {node_of}")
        return
    say("Putting this machine back as it was")
    if host.containerd_answers():
        node_images.remove(record)
    _stop_containerd(record)
    if record.get("kept network") is not True:
        _remove_network()
    for path in LEFT_BY_MINIKUBE:
        if record.get(f"had {path}") is False:
            _remove(path)
    _remove(host.MINIKUBE_VOLUMES)
    _remove(host.VOLUMES.parent)
    if succeeds(["ip", "link", "show", host.SERVICE_BRIDGE]):
        run(["ip", "link", "delete", host.SERVICE_BRIDGE], timeout=10)
    Path("/proc/sys/net/ipv4/ip_forward").write_text(str(record.get("ip_forward")))
    record.restore_files()
    _remove_aliases(HOSTS_FILE)
    if record.get("diverted systemctl") is not None:
        host.show_systemctl()
    record.forget()


def _node_of(record: Record) -> Path:
    """Where the profile lies that this machine is the node of."""
    return Path(str(record.get("profile") or profiles.directory(profile())))


def _note_what_is_there(record: Record) -> None:
    """What `down` must leave alone, since it was there before."""
    rules = run(["iptables-save"], timeout=30) if shutil.which("iptables-save") else ""
    record.note("kept network", any(chain in rules for chain in CHAINS))
    for path in LEFT_BY_MINIKUBE:
        record.note(f"had {path}", path.exists())


def _stop_containerd(record: Record) -> None:
    if record.get("containerd was running"):
        run(["service", "containerd", "restart"], timeout=60)
    else:
        run(["service", "containerd", "stop"], timeout=60)
        # Containers that a hard stop has killed leave their file systems mounted.
        _unmount_below(Path("/run/containerd"))
        for namespace in Path("/run/netns").glob("cni-*"):
            run(["ip", "netns", "delete", namespace.name], timeout=10)


def _remove_network() -> None:
    """Delete the interfaces and firewall rules of pods and Services, by name."""
    if succeeds(["ip", "link", "show", BRIDGE]):
        run(["ip", "link", "delete", BRIDGE], timeout=10)
    for save, restore in (
        ("iptables-save", "iptables-restore"),
        ("ip6tables-save", "ip6tables-restore"),
    ):
        rules = run([save], timeout=30).splitlines()
        kept = [line for line in rules if not any(chain in line for chain in CHAINS)]
        run([restore], timeout=30, stdin="\n".join(kept) + "\n")
    # Only now: a set that a rule names cannot go.
    sets = run(["ipset", "list", "-name"], timeout=30) if shutil.which("ipset") else ""
    for name in sets.split():
        if name.startswith(SETS):
            run(["ipset", "destroy", name], timeout=30)


def _remove_aliases(hosts_file: Path) -> None:
    """Delete the names that Minikube has given this machine: nobody else's end so."""
    lines = hosts_file.read_text(errors="surrogateescape").splitlines(keepends=True)
    kept = [line for line in lines if not line.rstrip().endswith(".minikube.internal")]
    if kept != lines:
        # In place: in a container the file is a mount, and cannot be replaced by another.
        hosts_file.write_text("".join(kept), errors="surrogateescape")


def _remove(path: Path) -> None:
    _unmount_below(path)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _unmount_below(path: Path) -> None:
    """Unmount a path and all below it, the innermost first."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in reversed(mounts):
        if Path(mount).is_relative_to(path):
            run(["umount", mount], timeout=30)
