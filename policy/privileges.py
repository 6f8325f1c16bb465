"""Rules on what a container may do on its node.

Beyond the Pod Security Standard `restricted`
(https://kubernetes.io/docs/concepts/security/pod-security-standards/), which a namespace must
enforce, and which the first rules here repeat for whoever looks before there is a cluster.
"""

import re

from policy.objects import Finding, Objects, containers, name_of, of_kind, pods

_VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
_POD_SECURITY = "pod-security.kubernetes.io/enforce"


def namespace_is_restricted(objects: Objects) -> list[Finding]:
    """A namespace admits only pods of the restricted standard."""
    return [
        Finding(name_of(one), f"{_POD_SECURITY} is not restricted")
        for one in of_kind(objects, "Namespace")
        if (one["metadata"].get("labels") or {}).get(_POD_SECURITY) != "restricted"
    ]


def no_more_privileges(objects: Objects) -> list[Finding]:
    """A container never has more rights than it starts with."""
    return [
        Finding(one.where, "may gain privileges")
        for one in containers(objects)
        if one.context.get("privileged") or one.context.get("allowPrivilegeEscalation") is not False
    ]


def no_capabilities(objects: Objects) -> list[Finding]:
    """A container has none of root's capabilities."""
    return [
        Finding(one.where, "has capabilities")
        for one in containers(objects)
        if one.context.get("capabilities") != {"drop": ["ALL"]}
    ]


def not_root(objects: Objects) -> list[Finding]:
    """A container does not run as root, nor as a user that the node may have."""
    return [
        Finding(one.where, f"runs as user {one.context.get('runAsUser')}")
        for one in containers(objects)
        if one.context.get("runAsNonRoot") is not True or one.context.get("runAsUser", 0) < 10000
    ]


def system_calls_are_filtered(objects: Objects) -> list[Finding]:
    """A container has the runtime's seccomp profile."""
    return [
        Finding(one.where, "has no seccomp profile")
        for one in containers(objects)
        if one.context.get("seccompProfile") != {"type": "RuntimeDefault"}
    ]


def root_is_read_only(objects: Objects) -> list[Finding]:
    """A container cannot change its own programs."""
    return [
        Finding(one.where, "can write to its root file system")
        for one in containers(objects)
        if one.context.get("readOnlyRootFilesystem") is not True
    ]


def no_way_to_the_api(objects: Objects) -> list[Finding]:
    """A pod has no token of the cluster's API."""
    return [
        Finding(one.where, "mounts a service account's token")
        for one in pods(objects)
        if one.spec.get("automountServiceAccountToken") is not False
    ]


def namespaces_of_its_own(objects: Objects) -> list[Finding]:
    """A pod sees neither the node's network nor its processes, nor those of its neighbours."""
    shared = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace")
    return [
        Finding(one.where, name) for one in pods(objects) for name in shared if one.spec.get(name)
    ]


def no_port_of_the_node(objects: Objects) -> list[Finding]:
    """A container takes no port of its node."""
    return [
        Finding(one.where, f"takes port {port['hostPort']} of the node")
        for one in containers(objects)
        for port in one.spec.get("ports") or []
        if port.get("hostPort")
    ]


def no_directory_of_the_node(objects: Objects) -> list[Finding]:
    """A pod mounts volumes of its own, and nothing of its node."""
    return [
        Finding(one.where, f"volume {volume['name']} is none of {', '.join(sorted(_VOLUMES))}")
        for one in pods(objects)
        for volume in one.spec.get("volumes") or []
        if not _VOLUMES & volume.keys()
    ]


def no_rights_to_everything(objects: Objects) -> list[Finding]:
    """A role names what it gives, and nobody gets a role that gives everything."""
    wild = [
        Finding(name_of(one), "gives rights by *")
        for one in of_kind(objects, "Role", "ClusterRole")
        for rule in one.get("rules") or []
        if "*" in [*rule.get("verbs", []), *rule.get("resources", []), *rule.get("apiGroups", [])]
    ]
    return wild + [
        Finding(name_of(one), f"gives {one['roleRef']['name']}")
        for one in of_kind(objects, "RoleBinding", "ClusterRoleBinding")
        if one["roleRef"]["name"] in ("cluster-admin", "admin", "edit")
    ]


def bounded(objects: Objects) -> list[Finding]:
    """A container says what it needs, and cannot take its node's all."""
    wanted = [(kind, name) for kind in ("requests", "limits") for name in ("cpu", "memory")]
    return [
        Finding(one.where, f"has no {kind}.{name}")
        for one in containers(objects)
        for kind, name in wanted
        if name not in ((one.spec.get("resources") or {}).get(kind) or {})
    ]


def scratch_is_bounded(objects: Objects) -> list[Finding]:
    """A pod cannot fill its node's disk."""
    return [
        Finding(one.where, f"volume {volume['name']} has no sizeLimit")
        for one in pods(objects)
        for volume in one.spec.get("volumes") or []
        if "emptyDir" in volume and not volume["emptyDir"].get("sizeLimit")
    ]


def image_is_pinned(objects: Objects) -> list[Finding]:
    """An image is named by a tag that stays what it is, or by digest."""
    pinned = re.compile(r"@sha256:[0-9a-f]{64}$|:(?!latest$)[\w.-]+$")
    return [
        Finding(one.where, f"image {one.spec['image']}")
        for one in containers(objects)
        if not pinned.search(one.spec["image"])
    ]


def servers_are_probed(objects: Objects) -> list[Finding]:
    """A server that hangs is found out, and gets no requests before it can answer."""
    return [
        Finding(one.where, f"has no {probe}")
        for one in containers(objects)
        if one.pod.serves and one.spec in one.pod.spec["containers"]
        for probe in ("livenessProbe", "readinessProbe")
        if not one.spec.get(probe)
    ]
