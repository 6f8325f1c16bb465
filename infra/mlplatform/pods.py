"""What all pods have in common: their security context, and the small parts they are made of.

The rules are those of the Pod Security Standard `restricted`
(https://kubernetes.io/docs/concepts/security/pod-security-standards/), which the namespace enforces
and, beyond them, a read-only root file system, no service account token and no service links.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi_kubernetes.core.v1 import (
    AffinityArgs,
    CapabilitiesArgs,
    ConfigMapProjectionArgs,
    ContainerArgs,
    EmptyDirVolumeSourceArgs,
    EnvVarArgs,
    KeyToPathArgs,
    NodeAffinityArgs,
    NodeSelectorArgs,
    NodeSelectorRequirementArgs,
    NodeSelectorTermArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ProjectedVolumeSourceArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecretVolumeSourceArgs,
    SecurityContextArgs,
    ServiceAccountTokenProjectionArgs,
    TopologySpreadConstraintArgs,
    VolumeArgs,
    VolumeMountArgs,
    VolumeProjectionArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from mlplatform import trust
from mlplatform.placement import Placement, labels
from mlplatform.pod_values import cores_of

# The user that every image is made for.
USER_ID = 10001
# Why a container failed, its last lines, is then in the status of its pod.
TERMINATION_MESSAGE = "FallbackToLogsOnError"
_MOST_CORES = "2"
_ACCOUNT_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True, kw_only=True)
class ScratchVolume:
    """An empty directory that lives and dies with the pod.

    Attributes:
        name: name of the volume.
        path: where it is mounted.
        size: limit, a Kubernetes quantity; a pod that writes more is evicted.
        in_memory: whether it counts as memory of the pod instead of disk.
    """

    name: str
    path: str
    size: str
    in_memory: bool = False

    def volume(self) -> VolumeArgs:
        """Return the volume of the pod."""
        medium = "Memory" if self.in_memory else None
        return VolumeArgs(
            name=self.name,
            empty_dir=EmptyDirVolumeSourceArgs(medium=medium, size_limit=self.size),
        )

    def mount(self) -> VolumeMountArgs:
        """Return the mount of the container."""
        return VolumeMountArgs(name=self.name, mount_path=self.path)


@dataclass(frozen=True, kw_only=True)
class SecretVolume:
    """Values of a Secret as files.

    Attributes:
        name: name of the volume.
        path: where it is mounted.
        secret: name of the Secret.
        keys: those of its values that the container may read.
    """

    name: str
    path: str
    secret: pulumi.Input[str]
    keys: tuple[str, ...]

    def volume(self) -> VolumeArgs:
        """Return the volume of the pod."""
        items = [KeyToPathArgs(key=key, path=key) for key in self.keys]
        return VolumeArgs(
            name=self.name,
            secret=SecretVolumeSourceArgs(secret_name=self.secret, items=items, default_mode=0o440),
        )

    def mount(self) -> VolumeMountArgs:
        """Return the mount of the container."""
        return VolumeMountArgs(name=self.name, mount_path=self.path, read_only=True)


# Minikube's own volumes are directories of its first node, and nothing says so to the scheduler
# (kubernetes/minikube#12165); elsewhere no node has the label.
_BESIDE_ITS_VOLUME = AffinityArgs(
    node_affinity=NodeAffinityArgs(
        required_during_scheduling_ignored_during_execution=NodeSelectorArgs(
            node_selector_terms=[
                NodeSelectorTermArgs(
                    match_expressions=[
                        NodeSelectorRequirementArgs(
                            key="minikube.k8s.io/primary", operator="NotIn", values=["false"]
                        )
                    ]
                )
            ]
        )
    )
)


def _is_claim(volume: VolumeArgs) -> bool:
    return volume.persistent_volume_claim is not None


def variables(values: Mapping[str, pulumi.Input[str]]) -> list[EnvVarArgs]:
    """Return environment variables with the given, public values."""
    return [EnvVarArgs(name=name, value=value) for name, value in values.items()]


def resources(cpu: str, memory: str, memory_limit: str) -> ResourceRequirementsArgs:
    """Return requests and limits of a container.

    The limit of cores keeps a container that runs wild from taking a large node, and throttles no
    start, which is bound by one core.

    Args:
        cpu: requested share of a core, which decides who goes first when cores are short.
        memory: requested memory.
        memory_limit: memory above which the container is killed.
    """
    return ResourceRequirementsArgs(
        requests={"cpu": cpu, "memory": memory},
        limits={"cpu": _MOST_CORES, "memory": memory_limit},
    )


def security_context() -> SecurityContextArgs:
    """Return the security context of every container."""
    return SecurityContextArgs(
        allow_privilege_escalation=False,
        capabilities=CapabilitiesArgs(drop=["ALL"]),
        read_only_root_filesystem=True,
        run_as_non_root=True,
        run_as_user=USER_ID,
        run_as_group=USER_ID,
        seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
    )


def pod_template(
    *,
    part: str,
    placement: Placement,
    container: ContainerArgs,
    volumes: Sequence[VolumeArgs],
    grace_seconds: int,
    replaced_with: Mapping[str, pulumi.Input[str]],
    restart_policy: str | None = None,
    init_containers: Sequence[ContainerArgs] | None = None,
    spread: bool = False,
    account: pulumi.Input[str] | None = None,
    sidecars: Sequence[ContainerArgs] = (),
) -> PodTemplateSpecArgs:
    """Return a pod template that satisfies the restricted Pod Security Standard.

    Args:
        part: the part of the stack the pod belongs to.
        placement: the stack.
        container: the container; those beside and before it have sizes of their own.
        volumes: what the container mounts.
        grace_seconds: time between SIGTERM and SIGKILL.
        replaced_with: what the pod waits for and is replaced with, by name: fingerprints of the
            Secrets it reads, Jobs that come before it.
        restart_policy: `Never` for the pods of Jobs.
        init_containers: what runs, one after the other, before the container.
        spread: whether pods of the part, where a Deployment has several, go to different nodes as
            long as there are some.
        account: name of the ServiceAccount whose token the container gets, and no other container
            of the stack; None for none.
        sidecars: what tells a scraper of the container.
    """
    demanded = placement.pods
    containers = [container, *(init_containers or ())]
    for one in containers:
        _size(one, demanded.resources.get(part, {}))
    volumes = [*volumes, *trust.trust(containers, demanded)]
    spec = demanded.spec()
    if account is not None:
        spec["service_account_name"] = account
        volumes = [*volumes, _token_volume()]
        token = VolumeMountArgs(name="account", mount_path=_ACCOUNT_DIRECTORY, read_only=True)
        container.volume_mounts = [*cast(Any, container.volume_mounts), token]
    return PodTemplateSpecArgs(
        metadata=ObjectMetaArgs(
            labels={**demanded.labels, **labels(part, placement.stack)},
            annotations={
                **demanded.annotations,
                **demanded.scraped.get(part, {}),
                **{f"mlplatform/{name}": value for name, value in replaced_with.items()},
            },
        ),
        spec=PodSpecArgs(
            affinity=_BESIDE_ITS_VOLUME if any(map(_is_claim, volumes)) else None,
            automount_service_account_token=False,
            containers=[container, *sidecars],
            enable_service_links=False,
            init_containers=init_containers,
            restart_policy=restart_policy,
            security_context=PodSecurityContextArgs(
                # The group that volumes are handed over to; a hostPath volume ignores it.
                fs_group=USER_ID,
                fs_group_change_policy="OnRootMismatch",
                run_as_group=USER_ID,
                run_as_non_root=True,
                run_as_user=USER_ID,
                seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
            ),
            termination_grace_period_seconds=grace_seconds,
            topology_spread_constraints=[
                TopologySpreadConstraintArgs(
                    topology_key="kubernetes.io/hostname",
                    max_skew=1,
                    when_unsatisfiable="ScheduleAnyway",
                    label_selector=placement.selector(part),
                    # Pods that are about to go do not count.
                    match_label_keys=["pod-template-hash"],
                )
            ]
            if spread
            else None,
            volumes=volumes,
            **spec,
        ),
    )


def _token_volume() -> VolumeArgs:
    """What a ServiceAccount's pod gets by itself, where it may: a token, and whom to trust."""
    token = ServiceAccountTokenProjectionArgs(path="token", expiration_seconds=3600)
    cluster_ca = ConfigMapProjectionArgs(
        name="kube-root-ca.crt", items=[KeyToPathArgs(key="ca.crt", path="ca.crt")]
    )
    return VolumeArgs(
        name="account",
        projected=ProjectedVolumeSourceArgs(
            sources=[
                VolumeProjectionArgs(service_account_token=token),
                VolumeProjectionArgs(config_map=cluster_ca),
            ]
        ),
    )


def _size(container: ContainerArgs, demanded: Mapping[str, str]) -> None:
    """Let a container have the requests and limits that are demanded, and its own for the rest."""
    own = cast(ResourceRequirementsArgs, container.resources)
    for name, quantity in demanded.items():
        kind, _, resource = name.partition(".")
        cast(Any, own.requests if kind == "requests" else own.limits)[resource] = quantity
    requests, limits = cast(Any, own.requests), cast(Any, own.limits)
    if "limits.cpu" not in demanded and cores_of(requests["cpu"]) > cores_of(limits["cpu"]):
        limits["cpu"] = requests["cpu"]
