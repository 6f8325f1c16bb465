"""The images that a node runs for itself, made from the built programs."""

import re
import shutil
from pathlib import Path

from cluster import image_store
from cluster.archive import ScratchImage
from cluster.kind import Kind
from cluster.record import Record
from toolchain import build, programs
from toolchain.process import Failed, run, say
from toolchain.programs import KUBERNETES_VERSION


def load(record: Record) -> None:
    """Make sure that containerd has every image a node needs.

    A missing one would be pulled, and where no registry answers that ends after minutes.
    """
    present = image_store.names(Kind.NODE)
    for image, key in images():
        fact = f"image {image.name}"
        if image.name in present and record.get(fact) == key:
            continue
        say(f"Loading {image.name}")
        image_store.load_scratch(Kind.NODE, image)
        record.replace(fact, key)


def remove(record: Record) -> None:
    """Delete the node's images from containerd, and those of the stacks."""
    ours = {fact.removeprefix("image ") for fact in record.facts() if fact.startswith("image ")}
    for image in image_store.names(Kind.NODE):
        if image in ours or image.startswith("localhost/mlplatform/"):
            image_store.remove(Kind.NODE, image)


def images() -> list[tuple[ScratchImage, str]]:
    """Each image with the key of the programs in it; names and tags are those kubeadm asks for."""
    built = {program.name: build.directory(program) for program in programs.NODE}
    kubernetes = built["kubernetes"] / "bin"
    images = [
        (
            ScratchImage(
                name=f"registry.k8s.io/{name}:{KUBERNETES_VERSION}",
                files={f"/usr/local/bin/{name}": kubernetes / name},
                entrypoint=[f"/usr/local/bin/{name}"],
            ),
            built["kubernetes"].name,
        )
        for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
    ]
    for name, tag, path in (
        ("etcd", "registry.k8s.io/etcd:3.6.6-0", "/usr/local/bin/etcd"),
        ("coredns", "registry.k8s.io/coredns/coredns:v1.13.1", "/coredns"),
        ("pause", "registry.k8s.io/pause:3.10.1", "/pause"),
        (
            "storage-provisioner",
            "gcr.io/k8s-minikube/storage-provisioner:v5",
            "/storage-provisioner",
        ),
    ):
        image = ScratchImage(name=tag, files={path: built[name] / "bin" / name}, entrypoint=[path])
        images.append((image, built[name].name))
    images.append((_kube_proxy(kubernetes), built["kubernetes"].name))
    return images


def _kube_proxy(kubernetes: Path) -> ScratchImage:
    """kube-proxy drives iptables and nft, so these come along."""
    files, links = _firewall("nft", "conntrack")
    return ScratchImage(
        name=f"registry.k8s.io/kube-proxy:{KUBERNETES_VERSION}",
        files={
            **files,
            "/usr/local/bin/kube-proxy": kubernetes / "kube-proxy",
            "/etc/protocols": Path("/etc/protocols"),
        },
        links=links,
        entrypoint=["/usr/local/bin/kube-proxy"],
    )


def kube_router_name() -> str:
    """The name of the image of kube-router, which changes with its program."""
    return f"localhost/mlplatform/kube-router:{_kube_router().name.removeprefix('kube-router-')}"


def kube_router() -> ScratchImage:
    """What enforces network policies; it drives iptables and ipset."""
    files, links = _firewall("ipset")
    return ScratchImage(
        name=kube_router_name(),
        files={
            **files,
            "/usr/local/bin/kube-router": _kube_router() / "bin/kube-router",
            "/etc/protocols": Path("/etc/protocols"),
        },
        links=links,
        entrypoint=["/usr/local/bin/kube-router"],
    )


def _kube_router() -> Path:
    return build.directory(next(one for one in programs.NODE if one.name == "kube-router"))


def _firewall(*more: str) -> tuple[dict[str, Path], dict[str, str]]:
    """The files and links of iptables, and of more programs, with their modules and libraries."""
    multi = _program("xtables-nft-multi")
    tools = [multi, *map(_program, more)]
    modules = sorted(Path("/usr/lib").glob("*-linux-gnu/xtables/*.so"))
    if not modules:
        raise Failed("the modules of iptables", "no /usr/lib/*/xtables", "reinstall iptables")
    # A module whose library is missing loads as if it did not exist, and Services get no rules.
    files = {str(path): path for path in (*tools, *modules, *_libraries([*tools, *modules]))}
    commands = ("iptables", "iptables-save", "iptables-restore")
    links = {
        f"/usr/sbin/{command}": str(multi)
        for name in commands
        for command in (name, name.replace("ip", "ip6", 1))
    }
    return files, links


def _program(name: str) -> Path:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise Failed(f"the program {name}", "it is not installed", "run `make cluster` again")
    return Path(found)


def _libraries(files: list[Path]) -> list[Path]:
    """Every shared library that any of the files needs, with the loader."""
    printed = run(["ldd", *files], timeout=30)
    return sorted({Path(match) for match in re.findall(r"(/\S+) \(0x", printed)})
