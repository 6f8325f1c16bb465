"""Deployments with a planted fault: each is named with its cause, and the next one mends it."""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cluster.kubectl import kubectl
from drills.command import make
from drills.registry import empty_registry
from drills.row import Row
from drills.stand import Stand, deployed, planned
from front_door import pulumi
from front_door.request import Request
from images.names import image_names
from smoke_tests.database import query

NAMED_WITHIN_S = 60


def _nothing(_: Stand) -> None:
    pass


@dataclass(frozen=True)
class Fault:
    """A mistake that a person or a cluster makes.

    Attributes:
        what: for the table.
        words: what `make up` must say of it.
        values: settings that hold the mistake.
        mended: the same settings without it.
        plant: makes the mistake where it is none of the settings.
        mend: takes that back.
    """

    what: str
    words: str
    values: Mapping[str, str] = field(default_factory=dict)
    mended: Mapping[str, str] = field(default_factory=dict)
    plant: Callable[[Stand], None] = _nothing
    mend: Callable[[Stand], None] = _nothing


def run(request: Request) -> Iterator[Row]:
    """Plant each fault on a stack that runs, or where volumes are concerned on a new one."""
    with empty_registry() as registry, deployed(request, "faults") as stand:
        for fault in _of_a_running_stack(registry):
            yield _row(stand, fault)
    for fault in _of_a_new_stack():
        with planned(request, "faults") as stand:
            yield _row(stand, fault)


def _of_a_running_stack(registry: str) -> list[Fault]:
    images = image_names()
    return [
        Fault(
            "a tag that the node does not have",
            "postgres:no-such-tag",
            {"postgresImage": "localhost/mlplatform/postgres:no-such-tag"},
            {"postgresImage": "auto"},
        ),
        Fault(
            "a tag that the registry does not have",
            "mlflow:no-such-tag: not found",
            {"mlflowImage": f"{registry}/mlflow:no-such-tag"},
            {"mlflowImage": "auto"},
        ),
        Fault(
            "an image that holds another program",
            'exec: "python": executable file not found',
            {"mlflowImage": images["minio"]},
            {"mlflowImage": "auto"},
        ),
        Fault(
            "a server that dies at its start",
            "POSTGRES_DB: is not set",
            {"minioImage": images["postgres"]},
            {"minioImage": "auto"},
        ),
        Fault(
            "a password that the database refuses",
            "password authentication failed",
            # Servers that are connected would not notice; these are new ones.
            {"mlflowMemory": "1537Mi"},
            {"mlflowMemory": "1536Mi"},
            plant=_change_the_password_behind_its_back,
            mend=_start_postgres_again,
        ),
        Fault(
            "a quota that leaves no room",
            "exceeded quota",
            {"mlflowMemory": "1537Mi"},
            {"mlflowMemory": "1536Mi"},
            plant=_forbid_pods,
            mend=_allow_pods,
        ),
        Fault(
            "a host that another namespace serves",
            "which namespace default serves",
            {"mlflowHost": "taken.drill.local"},
            {"mlflowHost": "auto"},
            plant=_take_the_host,
            mend=_free_the_host,
        ),
    ]


def _of_a_new_stack() -> list[Fault]:
    return [
        Fault(
            "a storage class that does not exist",
            "'no-such-class', which the cluster does not have",
            {"storageClass": "no-such-class"},
            {"storageClass": "auto"},
        ),
        Fault(
            "a storage class without volumes, so no node fits",
            "Unschedulable",
            {"storageClass": "drill-no-volumes"},
            {"storageClass": "auto"},
            plant=_make_a_class_without_volumes,
            mend=_delete_the_class,
        ),
        Fault(
            "a cluster without a default storage class",
            "a default StorageClass",
            plant=lambda stand: _make_default_class(stand, "false"),
            mend=lambda stand: _make_default_class(stand, "true"),
        ),
        Fault(
            "nodes that take no pods",
            "Unschedulable",
            plant=lambda stand: _nodes(stand, "cordon"),
            mend=lambda stand: _nodes(stand, "uncordon"),
        ),
        Fault(
            "an ingress class that nobody serves",
            "'no-such-ingress', which the cluster does not have",
            {"ingressClass": "no-such-ingress"},
            {"ingressClass": "traefik"},
        ),
    ]


def _row(stand: Stand, fault: Fault) -> Row:
    try:
        fault.plant(stand)
        pulumi.configure(stand.request.stack, fault.values)
        ended = make("up", stand.request)
    finally:
        fault.mend(stand)
    began = time.monotonic()
    stand.up(fault.mended)
    mended_s = time.monotonic() - began
    named_s, line = ended.first(fault.words) or (math.inf, f"not named: {ended.lines[-1][1]}")
    return Row(
        fault.what,
        f"named within {NAMED_WITHIN_S} s, then mended",
        f"named in {named_s:.0f} s, ended in {ended.seconds:.0f} s, mended in {mended_s:.0f} s: "
        f"{line.strip()}",
        ended.failed and named_s <= NAMED_WITHIN_S,
    )


def _change_the_password_behind_its_back(stand: Stand) -> None:
    query(stand.namespace, "ALTER ROLE mlflow PASSWORD 'not-that-of-the-secret'")


def _start_postgres_again(stand: Stand) -> None:
    """Its entrypoint sets the password that the Secret holds."""
    _in_namespace(stand, "delete", "pod", "postgres-0")


def _forbid_pods(stand: Stand) -> None:
    _in_namespace(stand, "create", "quota", "drill", "--hard=pods=0")


def _allow_pods(stand: Stand) -> None:
    _in_namespace(stand, "delete", "quota", "drill", "--ignore-not-found")


def _take_the_host(stand: Stand) -> None:
    rule = "--rule=taken.drill.local/=nobody:80"
    _in_default(stand, "create", "ingress", stand.request.stack, rule, "--class=nobody")


def _free_the_host(stand: Stand) -> None:
    _in_default(stand, "delete", "ingress", stand.request.stack, "--ignore-not-found")


def _make_a_class_without_volumes(stand: Stand) -> None:
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "drill-no-volumes"},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    kubectl(stand.request.context_name, "apply", "--filename=-", stdin=json.dumps(storage_class))


def _delete_the_class(stand: Stand) -> None:
    kubectl(
        stand.request.context_name,
        "delete",
        "storageclass",
        "drill-no-volumes",
        "--ignore-not-found",
    )


def _make_default_class(stand: Stand, answer: str) -> None:
    mark = f"storageclass.kubernetes.io/is-default-class={answer}"
    kubectl(stand.request.context_name, "annotate", "storageclass", "standard", mark, "--overwrite")


def _nodes(stand: Stand, verb: str) -> None:
    kubectl(stand.request.context_name, verb, "--selector=kubernetes.io/os=linux")


def _in_namespace(stand: Stand, *words: str) -> None:
    kubectl(stand.request.context_name, f"--namespace={stand.namespace.name}", *words)


def _in_default(stand: Stand, *words: str) -> None:
    kubectl(stand.request.context_name, "--namespace=default", *words)
