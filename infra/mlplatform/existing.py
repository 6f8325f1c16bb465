"""What the cluster holds before the program declares anything.

A name that the state or a setting decided could miss a volume with a year of runs, so volumes are
found by their labels. Everything is asked once, at the start.
"""

import base64
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pulumi

from mlplatform import architecture, names
from mlplatform.architecture import Node
from mlplatform.asking import NoAnswer, get, named_objects, offers
from mlplatform.settings import Settings

CERT_MANAGER_API = "cert-manager.io/v1"
_OF_THE_STACK = "namespaces,persistentvolumeclaims,statefulsets,deployments,cronjobs"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A volume that is there.

    Attributes:
        name: name of the claim.
        part: the part of the stack whose data it holds.
        storage_class: its class; None where the cluster has none.
        size: what was asked for, a Kubernetes quantity.
    """

    name: str
    part: str
    storage_class: str | None
    size: str


@dataclass(frozen=True, kw_only=True)
class Existing:
    """What there is; nothing, unless said otherwise.

    Attributes:
        hosts: namespace by host, of all Ingresses of the cluster, and HTTPRoutes where the stack
            makes some.
        owners: owner by namespace, of all namespaces of this project; "" for none.
        durable: whether the stack's namespace was left to keep its data, or would be.
        artifacts: how artifacts travel in the stack; None where nothing says so.
        runs: whether the stack's servers are there, running or not.
        mlflow_image: image of MLflow's servers, running or not; None where there are none.
        mlflow_replicas: how many pods they are to be; 0 where there are none.
        was_upgraded: whether servers of another image were stopped for these.
        kept_for: image of MLflow that the data was kept for; None where nothing says so.
        backed_up_at: when the newest whole backup was made; None where nothing says so.
        claims: the stack's volumes; a claim that never got one holds nothing.
        classes: names of the cluster's classes by their kind, IngressClass and StorageClass; none
            where the user may not see them.
        external: the parts that the stack uses and does not own, as its namespace says.
        store: what the volume of artifacts was made by; None where the stack has none.
        named: content and version of the objects that settings name, by kind and name.
        nodes: the nodes; none where the user may not see them.
        controllers: what serves an IngressClass, by its name.
        controller_namespaces: where that lives, by the same name, as far as the class tells.
        own_ingress_classes: those that this project's ingress controller serves.
        webhook_key: what the secrets of webhooks in the database are encrypted with, where only
            the cluster still knows it.
        expands: whether volumes of a StorageClass can grow.
        offers: whether the cluster has an API: cert-manager.io/v1.
        listens_to_tls: whether a Gateway, by namespace and name, has a listener for TLS.
    """

    hosts: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    durable: bool = False
    artifacts: str | None = None
    runs: bool = False
    mlflow_image: str | None = None
    mlflow_replicas: int = 0
    was_upgraded: bool = False
    kept_for: str | None = None
    backed_up_at: datetime | None = None
    claims: Sequence[Claim] = ()
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    external: frozenset[str] = frozenset()
    store: str | None = None
    nodes: Sequence[Node] = ()
    controllers: Mapping[str, str] = field(default_factory=dict)
    controller_namespaces: Mapping[str, str] = field(default_factory=dict)
    own_ingress_classes: frozenset[str] = frozenset()
    named: Mapping[tuple[str, str], tuple[Mapping[str, str], str]] = field(
        default_factory=dict, repr=False
    )
    webhook_key: str | None = field(default=None, repr=False)
    expands: Callable[[str | None], bool] = lambda _: False
    offers: Callable[[str], bool] = lambda _: False
    listens_to_tls: Callable[[tuple[str, str]], bool] = lambda _: False

    def claims_of(self, part: str) -> list[Claim]:
        """Return the volumes of a part; more than one only if nothing tells which is its data."""
        return [claim for claim in self.claims if claim.part == part]

    def claim(self, part: str) -> Claim | None:
        """Return the volume of a part; None where it has none yet."""
        return next(iter(self.claims_of(part)), None)

    def content(self, kind: str, name: str) -> Mapping[str, str]:
        """Return what an object that a setting names holds; nothing where there is none."""
        return self.named.get((kind, name), ({}, ""))[0]

    def version(self, kind: str, name: str) -> str:
        """Return what changes with an object that a setting names, and says nothing about it."""
        return self.named.get((kind, name), ({}, ""))[1]


def look(settings: Settings, named: Collection[tuple[str, str]] = ()) -> Existing:
    """Ask the cluster.

    Args:
        settings: the settings of the stack.
        named: kind and name of the objects that settings name.

    Raises:
        NoAnswer: it cannot tell what the stack has.
    """
    context, namespace = settings.context, names.namespace(settings.stack)

    def expands(storage_class: str | None) -> bool:
        found = get(context, "storageclass", storage_class or "", "--ignore-not-found")
        return any(one.get("allowVolumeExpansion", False) for one in found)

    def listens_to_tls(gateway: tuple[str, str]) -> bool:
        place, name = gateway
        kind = "gateways.gateway.networking.k8s.io"
        found = get(context, kind, name, f"--namespace={place}", "--ignore-not-found")
        listeners = [one for entry in found for one in entry["spec"]["listeners"]]
        return any(one["protocol"] == "HTTPS" for one in listeners)

    # Side by side: a start of kubectl costs more than its question.
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(_of_the_cluster, context, _publishing(settings))
        ours = f"--selector={names.PART_OF}={names.PROJECT}"
        objects = get(context, _OF_THE_STACK, ours, f"--namespace={namespace}")
        shared = asked.result()
    found = replace(
        read(namespace, objects, shared, expands),
        offers=functools.cache(functools.partial(offers, context)),
        listens_to_tls=functools.cache(listens_to_tls),
    )
    if named:
        found = replace(found, named=named_objects(context, namespace, named))
    if found.runs or not (found.claims or found.external):
        return found
    secret = get(
        context, "secret", names.WEBHOOKS, f"--namespace={namespace}", "--ignore-not-found"
    )
    keys = [base64.b64decode(one["data"]["key"]).decode() for one in secret]
    return replace(found, webhook_key=next(iter(keys), None))


def read(
    namespace: str,
    objects: Sequence[Mapping[str, Any]],
    shared: Sequence[Mapping[str, Any]],
    expands: Callable[[str | None], bool],
) -> Existing:
    """Make sense of what the API returned.

    Args:
        namespace: the stack's.
        objects: the project's namespaces; what else `_OF_THE_STACK` names of the stack.
        shared: all Ingresses, HTTPRoutes and classes of the cluster.
        expands: tells of a StorageClass whether its volumes can grow.
    """

    def of_kind(kind: str) -> list[Mapping[str, Any]]:
        return [one for one in (*objects, *shared) if one["kind"] == kind]

    namespaces = {one["metadata"]["name"]: one["metadata"] for one in of_kind("Namespace")}
    own = namespaces.get(namespace, {})
    servers = of_kind("StatefulSet")
    used = {
        volume["persistentVolumeClaim"]["claimName"]
        for server in servers
        for volume in server["spec"]["template"]["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    bound = [one for one in of_kind("PersistentVolumeClaim") if one["spec"].get("volumeName")]
    claims = [_claim(one) for one in bound]
    in_use = {claim.part for claim in claims if claim.name in used}
    return Existing(
        hosts={
            host: one["metadata"]["namespace"]
            for one in (*of_kind("Ingress"), *of_kind("HTTPRoute"))
            for host in _hosts(one["spec"])
        },
        owners={
            name: metadata.get("annotations", {}).get(names.OWNER, "")
            for name, metadata in namespaces.items()
        },
        durable=own.get("labels", {}).get(names.EPHEMERAL) == "false",
        artifacts=own.get("annotations", {}).get(names.ARTIFACTS),
        runs=bool(servers or of_kind("Deployment")),
        mlflow_image=_mlflow_image(of_kind("Deployment")),
        mlflow_replicas=_mlflow_replicas(of_kind("Deployment")),
        was_upgraded=_was_upgraded(of_kind("Deployment")),
        kept_for=own.get("annotations", {}).get(names.MLFLOW_IMAGE),
        backed_up_at=_backed_up_at(own, of_kind("CronJob")),
        external=frozenset(own.get("annotations", {}).get(names.EXTERNAL, "").split(",")) - {""},
        claims=[one for one in claims if one.name in used or one.part not in in_use],
        classes={
            kind: [one["metadata"]["name"] for one in of_kind(kind)]
            for kind in ("IngressClass", "StorageClass")
        },
        store=own.get("annotations", {}).get(names.STORE, "minio") if own else None,
        nodes=architecture.read(of_kind("Node")),
        controllers={
            one["metadata"]["name"]: one["spec"]["controller"] for one in of_kind("IngressClass")
        },
        controller_namespaces={
            one["metadata"]["name"]: found
            for one in of_kind("IngressClass")
            if (found := _controller_namespace(one))
        },
        own_ingress_classes=frozenset(
            one["metadata"]["name"]
            for one in of_kind("IngressClass")
            if one["metadata"].get("labels", {}).get(names.PART_OF) == names.CLUSTER
        ),
        expands=expands,
    )


def _controller_namespace(ingress_class: Mapping[str, Any]) -> str | None:
    """Where the class's controller lives: we say so of ours, and Helm of what it has installed.

    The manifests of ingress-nginx, which Minikube has too, know one place alone.
    """
    annotations = ingress_class["metadata"].get("annotations", {})
    told = annotations.get(names.LIVES_IN) or annotations.get("meta.helm.sh/release-namespace")
    return told or {"k8s.io/ingress-nginx": "ingress-nginx"}.get(
        ingress_class["spec"]["controller"]
    )


def _claim(found: Mapping[str, Any]) -> Claim:
    return Claim(
        name=found["metadata"]["name"],
        part=found["metadata"]["labels"].get(names.PART, ""),
        storage_class=found["spec"].get("storageClassName"),
        size=found["spec"]["resources"]["requests"]["storage"],
    )


def _mlflow_image(deployments: Sequence[Mapping[str, Any]]) -> str | None:
    for found in deployments:
        if found["metadata"]["name"] == names.MLFLOW:
            [container] = found["spec"]["template"]["spec"]["containers"]
            return container["image"]
    return None


def _mlflow_replicas(deployments: Sequence[Mapping[str, Any]]) -> int:
    ours = [one for one in deployments if one["metadata"]["name"] == names.MLFLOW]
    return sum(one["spec"].get("replicas", 1) for one in ours)


def _was_upgraded(deployments: Sequence[Mapping[str, Any]]) -> bool:
    ours = [one["metadata"] for one in deployments if one["metadata"]["name"] == names.MLFLOW]
    times = [one.get("annotations", {}).get(names.QUIESCED_TIMES, "0") for one in ours]
    return any(time != "0" for time in times)


def _backed_up_at(
    namespace: Mapping[str, Any], cron_jobs: Sequence[Mapping[str, Any]]
) -> datetime | None:
    by_hand = namespace.get("annotations", {}).get(names.BACKED_UP)
    by_clock = [one.get("status", {}).get("lastSuccessfulTime") for one in cron_jobs]
    moments = [datetime.fromisoformat(text) for text in (by_hand, *by_clock) if text]
    return max(moments, default=None)


def _hosts(spec: Mapping[str, Any]) -> list[str]:
    """What an Ingress has in its rules, an HTTPRoute beside them."""
    in_rules = [rule["host"] for rule in spec.get("rules", []) if "host" in rule]
    return [*in_rules, *spec.get("hostnames", [])]


def _publishing(settings: Settings) -> str:
    """What hosts are looked for in: a cluster may not know routes, and to ask it is an error."""
    return "ingress" if settings.gateway is None else "ingress,httproutes"


def _of_the_cluster(context: str, publishing: str) -> list[dict[str, Any]]:
    """All nodes, classes and what publishes hosts, as far as the user may see them."""
    reason = None
    for more in (",ingressclasses,storageclasses,nodes", ",ingressclasses,storageclasses", ""):
        try:
            return get(context, publishing + more, "--all-namespaces")
        except NoAnswer as failure:
            reason = failure
    pulumi.log.warn(
        f"a host that another stack of the cluster serves will not be noticed: {reason}"
    )
    return []
