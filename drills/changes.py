"""Every setting changed on a filled stack: kept and in force, or refused."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cluster.kind import Kind
from cluster.kubectl import get, kubectl
from drills import publication
from drills.filled import Filled, fill
from drills.in_force import objects_of, seen
from drills.row import Row
from drills.stand import deployed
from front_door import pulumi
from front_door.request import Request
from images.deliver import deliver
from images.destination import Destination
from images.names import image_names, needed
from toolchain.process import run as run_program

CLASS = NAME = "mlplatform-drill"
REGISTRY = "localhost/mlplatform-drill"
SECRETS: tuple[str, ...] = (
    "postgresPassword",
    "minioRootPassword",
    "s3SecretKey",
    "authAdminPassword",
)
BACKUP_KEY = ("backupAccessKey", "backupSecretKey")

THERE: Mapping[str, str] = {
    "ephemeral": "false",
    "auth": "true",
    "authDefaultPermission": "EDIT",
    "artifacts": "presigned",
    "expiresAt": "2030-12-31T23:59:59Z",
    "replicas": "2",
    "mlflowMemory": "1Gi",
    "domain": "changed.local",
    "tls": "off",
    "postgresTls": "true",
    "postgresStorage": "3Gi",
    "minioStorage": "11Gi",
    "mlflowFeatures": "custom-scorers",
    "models": "[{name: wine, alias: champion}]",
    "monitoring": "scrape",
    "ingressFrom": "mlplatform-ingress,192.0.2.0/24",
    "mlflowEgress": "203.0.113.0/24:443",
    "backupSchedule": "0 3 1 1 *",
    "backupKeep": "3",
    "backupStorage": "1Gi",
    "podLabels": "team=ml",
    "podAnnotations": "example.com/owner=ml",
    "nodeSelector": "kubernetes.io/os=linux",
    "tolerations": "dedicated=ml:NoSchedule",
    "serviceAccountAnnotations": "example.com/role=ml",
    "postgresResources": "requests.cpu=60m",
    "minioResources": "requests.cpu=60m",
    "mlflowResources": "requests.cpu=60m",
    "jobResources": "requests.cpu=60m",
    "transforms": "presets/transform.py",
}
DEMANDS = ("podLabels", "podAnnotations", "nodeSelector", "tolerations", "transforms")
BACK: Mapping[str, str] = {
    "ephemeral": "true",
    "auth": "false",
    "artifacts": "proxied",
    "expiresAt": "auto",
    "replicas": "1",
    "mlflowMemory": "2Gi",
    "mlflowHost": "mlflow.other.local",
    "minioHost": "minio.other.local",
    "tls": "own",
    "plainHttp": "serve",
    "postgresTls": "false",
    "storageClass": "auto",
    "mlflowFeatures": "none",
    "models": "none",
    "monitoring": "off",
    "networkPolicies": "false",
    "ingressFrom": "auto",
    "mlflowEgress": "auto",
    "backupTo": "s3://elsewhere/backups",
    "backupEndpoint": "http://elsewhere.local:9000",
    **dict.fromkeys(DEMANDS, "auto"),
}
DEMANDED: Mapping[str, str] = {
    "maxReplicas": "3",
    "caBundle": "kube-root-ca.crt",
    "imagePullSecrets": NAME,
    "priorityClass": NAME,
}
"""With objects that the cluster has, or `_named_objects` makes."""
REFUSED: Mapping[str, str] = {
    "storageClass": "another-class",
    "postgresStorage": "1Gi",
    "minioStorage": "12Gi",
    "artifacts": "direct",
    "store": "seaweedfs",
    "externalPostgres": "db.example.com",
    "externalS3": "https://s3.example.com",
}

IMAGES = ("postgresImage", "minioImage", "mlflowImage")


def run(request: Request) -> Iterator[Row]:
    """Walk through the table of README.md."""
    deliver(request.kind, Destination(monitored=True))
    with (
        _growing_class(request),
        deployed(request, "changes", {"storageClass": CLASS}) as stand,
    ):
        stack = fill(stand)
        given = {key: secrets.token_hex(16) for key in SECRETS}
        others = dict.fromkeys(SECRETS, "auto") | {key: secrets.token_hex(16) for key in BACKUP_KEY}
        yield from _changed(stack, THERE, given)
        kubectl(request.context_name, "patch", "storageclass", CLASS, "-p", _allows(growth=False))
        yield from _refused(stack)
        yield from _changed(stack, BACK, others)
        # A Gateway has the certificate of its own listener: the stack's is refused beside it.
        yield from _changed(stack, {"tls": "auto", "networkPolicies": "true"})
        yield from publication.run(stack)
        with _named_objects(request, stack.stand.request.namespace):
            yield from _changed(stack, DEMANDED)
            yield from _changed(stack, dict.fromkeys(DEMANDED, "auto"))
        if request.kind is Kind.NODE:
            with _other_registry():
                yield from _changed(stack, {"imageRegistry": REGISTRY})
                images = {f"{name}Image": image for name, image in image_names().items()}
                yield from _changed(stack, {key: images[key] for key in IMAGES})


def _changed(
    stack: Filled, values: Mapping[str, str], secret_values: Mapping[str, str] | None = None
) -> Iterator[Row]:
    """Deploy with other values; a row for each."""
    request = stack.stand.request
    before = objects_of(request)
    pulumi.configure(request.stack, values, secret_values)
    stack.stand.up()
    lost = stack.lost()
    after = objects_of(request)
    for key in [*values, *(secret_values or {})]:
        was, now = seen(key, before), seen(key, after)
        if key in (secret_values or {}):
            in_force = was != now
            shown = "another"
        else:
            shown = f"{was} to {values[key]}"
            in_force = now == values[key] or values[key] == "auto"
        figure = f"{'in force' if in_force else f'it is {now}'}, {lost} lost"
        yield Row(f"{key}: {shown}", "in force, 0 lost", figure, passed=in_force and not lost)


def _refused(stack: Filled) -> Iterator[Row]:
    """Ask for what would lose data, all at once, and for another cluster; a row for each."""
    request = stack.stand.request
    pods = {pod.uid for part in _PARTS for pod in stack.stand.namespace.pods(part)}
    # What does not go together, or has no certificates to check, is refused before all else.
    own = {"postgresTls": "false", "externalPostgresTls": "require"}
    pulumi.configure(request.stack, {**REFUSED, **own})
    said = dict.fromkeys((*REFUSED, "context"), "")
    text = stack.refusal(request.stack)
    said.update({key: text for key in REFUSED if f" {key}: got " in text})
    pulumi.configure(request.stack, {**dict.fromkeys(REFUSED, "auto"), **_kept()})
    with _another_context(request) as context:
        pulumi.configure(request.stack, {"context": context})
        text = stack.refusal(request.stack)
        pulumi.configure(request.stack, {"context": request.context_name})
    said["context"] = text if "Go back: pulumi config set context" in text else ""
    touched = pods ^ {pod.uid for part in _PARTS for pod in stack.stand.namespace.pods(part)}
    lost = stack.lost()
    for key, words in said.items():
        figure = f"{'refused' if words else 'not refused'}, {len(touched)} pods touched"
        passed = bool(words) and not touched and not lost
        yield Row(f"{key}: {REFUSED.get(key, 'another cluster')}", "refused", figure, passed)


_PARTS = ("postgres", "minio", "mlflow-server")


def _kept() -> dict[str, str]:
    kept = {key: value for key, value in THERE.items() if key in (*REFUSED, "postgresTls")}
    return {**kept, "storageClass": CLASS, "store": "minio"}


def _allows(*, growth: bool) -> str:
    return json.dumps({"allowVolumeExpansion": growth})


@contextmanager
def _growing_class(request: Request) -> Iterator[None]:
    """A StorageClass like the default one, whose volumes can grow, until the block ends."""
    context = request.context_name
    default = "storageclass.kubernetes.io/is-default-class"
    [model] = [
        found
        for found in get(context, "storageclass")
        if found["metadata"].get("annotations", {}).get(default) == "true"
    ]
    kept = ("apiVersion", "kind", "provisioner", "parameters", "reclaimPolicy", "volumeBindingMode")
    made = {key: value for key, value in model.items() if key in kept}
    made |= {"metadata": {"name": CLASS}, "allowVolumeExpansion": True}
    kubectl(context, "apply", "--filename=-", stdin=json.dumps(made))
    try:
        yield
    finally:
        kubectl(context, "delete", "storageclass", CLASS)


@contextmanager
def _named_objects(request: Request, namespace: str) -> Iterator[None]:
    """A login of a registry and a class of priority, until the block ends."""
    login = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": NAME, "namespace": namespace},
        "type": "kubernetes.io/dockerconfigjson",
        "stringData": {".dockerconfigjson": '{"auths": {}}'},
    }
    priority = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": NAME},
        "value": 1,
    }
    for manifest in (login, priority):
        kubectl(request.context_name, "apply", "--filename=-", stdin=json.dumps(manifest))
    try:
        yield
    finally:
        kubectl(request.context_name, "delete", "priorityclass", NAME)


@contextmanager
def _another_context(request: Request) -> Iterator[str]:
    """A context of another name for the stack's cluster, as one for another cluster would be."""
    own = json.loads(kubectl(request.context_name, "config", "view", "--minify", "--output=json"))[
        "contexts"
    ][0]["context"]
    name = f"{request.stack}-another"
    place = (f"--cluster={own['cluster']}", f"--user={own['user']}")
    kubectl(request.context_name, "config", "set-context", name, *place)
    try:
        yield name
    finally:
        kubectl(request.context_name, "config", "delete-context", name)


@contextmanager
def _other_registry() -> Iterator[None]:
    """The images under other names on the node, until the block ends."""
    store = ["ctr", "--namespace=k8s.io", "images"]
    names, others = image_names(), image_names(REGISTRY)
    for image in needed():
        run_program([*store, "tag", "--force", names[image], others[image]], timeout=60)
    try:
        yield
    finally:
        run_program([*store, "remove", *(others[image] for image in needed())], timeout=60)
