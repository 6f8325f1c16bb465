"""Every setting changed on a filled stack: kept and in force, or refused."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cluster.kind import Kind
from cluster.kubectl import get, kubectl
from drills.filled import Filled, fill
from drills.row import Row
from drills.stand import deployed
from front_door import pulumi
from front_door.request import Request
from images.names import CHILDREN, image_names
from toolchain.process import run as run_program

CLASS = "mlplatform-drill"
REGISTRY = "localhost/mlplatform-drill"
SECRETS = ("postgresPassword", "minioRootPassword", "s3SecretKey")

THERE: Mapping[str, str] = {
    "ephemeral": "false",
    "artifacts": "presigned",
    "expiresAt": "2030-12-31T23:59:59Z",
    "replicas": "2",
    "mlflowMemory": "1Gi",
    "domain": "changed.local",
    "postgresStorage": "3Gi",
    "minioStorage": "11Gi",
}
BACK: Mapping[str, str] = {
    "ephemeral": "true",
    "artifacts": "proxied",
    "expiresAt": "auto",
    "replicas": "1",
    "mlflowMemory": "2Gi",
    "mlflowHost": "mlflow.other.local",
    "minioHost": "minio.other.local",
    "storageClass": "auto",
}
REFUSED: Mapping[str, str] = {
    "storageClass": "another-class",
    "postgresStorage": "1Gi",
    "minioStorage": "12Gi",
    "artifacts": "direct",
}

Objects = Mapping[str, Mapping[str, Any]]
"""Objects of the stack by kind and name."""


def run(request: Request) -> Iterator[Row]:
    """Walk through the table of README.md."""
    with (
        _growing_class(request),
        deployed(request, "changes", {"storageClass": CLASS}) as stand,
    ):
        stack = fill(stand)
        given = {key: secrets.token_hex(16) for key in SECRETS}
        yield from _changed(stack, THERE, given)
        kubectl(request.context_name, "patch", "storageclass", CLASS, "-p", _allows(growth=False))
        yield from _refused(stack)
        yield from _changed(stack, BACK, dict.fromkeys(SECRETS, "auto"))
        if request.kind is Kind.NODE:
            with _other_registry():
                yield from _changed(stack, {"imageRegistry": REGISTRY})
                pulumi.configure(stand.request.stack, {"imageRegistry": "localhost/mlplatform"})
                stand.up()


def _changed(
    stack: Filled, values: Mapping[str, str], secret_values: Mapping[str, str] | None = None
) -> Iterator[Row]:
    """Deploy with other values; a row for each."""
    request = stack.stand.request
    before = _objects(request)
    pulumi.configure(request.stack, values, secret_values)
    stack.stand.up()
    lost = stack.lost()
    after = _objects(request)
    for key in [*values, *(secret_values or {})]:
        was, now = SEEN[key](before), SEEN[key](after)
        if key in SECRETS:
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
    pulumi.configure(request.stack, REFUSED)
    said = dict.fromkeys((*REFUSED, "context"), "")
    text = stack.refusal(request.stack)
    said.update({key: text for key in REFUSED if f"{key}: got '{REFUSED[key]}'" in text})
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
    return {key: value for key, value in THERE.items() if key in REFUSED} | {"storageClass": CLASS}


def _objects(request: Request) -> Objects:
    kinds = "deployments,ingresses,secrets,persistentvolumeclaims"
    found = [
        *get(request.context_name, "namespace", request.namespace),
        *get(request.context_name, kinds, f"--namespace={request.namespace}"),
    ]
    label = "app.kubernetes.io/name"

    def name(one: Mapping[str, Any]) -> str:
        metadata = one["metadata"]
        claim = one["kind"] == "PersistentVolumeClaim"
        return metadata["labels"][label] if claim else metadata["name"]

    return {f"{one['kind']}/{name(one)}": one for one in found}


def _mark(kind: str, name: str) -> Callable[[Objects], str]:
    def read(objects: Objects) -> str:
        [namespace] = [one for key, one in objects.items() if key.startswith("Namespace/")]
        return namespace["metadata"][kind].get(f"mlplatform/{name}", "auto")

    return read


def _host(service: str) -> Callable[[Objects], str]:
    return lambda objects: objects[f"Ingress/{service}"]["spec"]["rules"][0]["host"]


def _claim(part: str) -> Callable[[Objects], str]:
    def read(objects: Objects) -> str:
        spec = objects[f"PersistentVolumeClaim/{part}"]["spec"]
        return spec["resources"]["requests"]["storage"]

    return read


def _secret(name: str, key: str) -> Callable[[Objects], str]:
    return lambda objects: base64.b64decode(objects[f"Secret/{name}"]["data"][key]).decode()


def _mlflow(objects: Objects) -> Mapping[str, Any]:
    [container] = objects["Deployment/mlflow-server"]["spec"]["template"]["spec"]["containers"]
    return container


SEEN: Mapping[str, Callable[[Objects], str]] = {
    "ephemeral": _mark("labels", "ephemeral"),
    "artifacts": _mark("annotations", "artifacts"),
    "expiresAt": _mark("annotations", "expires-at"),
    "replicas": lambda found: str(found["Deployment/mlflow-server"]["status"]["readyReplicas"]),
    "mlflowMemory": lambda found: _mlflow(found)["resources"]["limits"]["memory"],
    "imageRegistry": lambda found: _mlflow(found)["image"].rpartition("/")[0],
    "domain": lambda found: _host("mlflow-server")(found).removeprefix("mlflow-server."),
    "mlflowHost": _host("mlflow-server"),
    "minioHost": _host("minio"),
    "storageClass": lambda found: found["PersistentVolumeClaim/minio"]["spec"]["storageClassName"],
    "postgresStorage": _claim("postgres"),
    "minioStorage": _claim("minio"),
    "postgresPassword": _secret("postgres", "password"),
    "minioRootPassword": _secret("minio", "password"),
    "s3SecretKey": _secret("artifact-store", "secretKey"),
}
"""How the cluster shows that a setting is in force."""


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
    for image in CHILDREN:
        run_program([*store, "tag", "--force", names[image], others[image]], timeout=60)
    try:
        yield
    finally:
        run_program([*store, "remove", *(others[image] for image in CHILDREN)], timeout=60)
