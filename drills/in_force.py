"""How the cluster shows that a setting is in force."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from cluster.kubectl import get
from front_door.request import Request

Objects = Mapping[str, Mapping[str, Any]]
"""Objects of a stack by kind and name, claims by the part that they are of."""
Read = Callable[[Objects], str]

_KINDS = (
    "deployments",
    "statefulsets",
    "cronjobs",
    "horizontalpodautoscalers",
    "ingresses",
    "networkpolicies",
    "secrets",
    "serviceaccounts",
    "persistentvolumeclaims",
)
_MLFLOW, _BACKUP = "Deployment/mlflow-server", "CronJob/backup"
_AUTOSCALER = "HorizontalPodAutoscaler/mlflow-server"


def objects_of(request: Request, *more_kinds: str) -> Objects:
    """Read the objects of a stack that settings end in, of kinds that not every cluster has too."""
    found = [
        *get(request.context_name, "namespace", request.namespace),
        *get(
            request.context_name,
            ",".join([*_KINDS, *more_kinds]),
            f"--namespace={request.namespace}",
        ),
    ]
    return {f"{one['kind']}/{_name(one)}": one for one in found}


def seen(key: str, objects: Objects) -> str:
    """What is in force of a key of Pulumi.yaml; `auto` where there is nothing of it."""
    try:
        return _READ[key](objects)
    except (KeyError, StopIteration):
        return "auto"


def _name(one: Mapping[str, Any]) -> str:
    metadata = one["metadata"]
    if one["kind"] == "Namespace":
        return ""
    claim = one["kind"] == "PersistentVolumeClaim"
    return metadata["labels"]["app.kubernetes.io/name"] if claim else metadata["name"]


def _mark(kind: str, name: str) -> Read:
    return lambda objects: objects["Namespace/"]["metadata"][kind][f"mlplatform/{name}"]


def _host(service: str) -> Read:
    return lambda objects: objects[f"Ingress/{service}"]["spec"]["rules"][0]["host"]


def _claim(part: str) -> Read:
    def read(objects: Objects) -> str:
        spec = objects[f"PersistentVolumeClaim/{part}"]["spec"]
        return spec["resources"]["requests"]["storage"]

    return read


def _secret(name: str, key: str) -> Read:
    return lambda objects: decoded(objects[f"Secret/{name}"]["data"][key])


def decoded(data: str) -> str:
    """Return a value of a Secret's data."""
    return base64.b64decode(data).decode(errors="replace")


def _pod(workload: str, objects: Objects) -> Mapping[str, Any]:
    spec = objects[workload]["spec"]
    if "jobTemplate" in spec:
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]


def _container(workload: str, objects: Objects) -> Mapping[str, Any]:
    return _pod(workload, objects)["spec"]["containers"][0]


def _pods_have(kind: str, name: str) -> Read:
    return lambda objects: f"{name}={_pod(_MLFLOW, objects)['metadata'][kind][name]}"


def _node(objects: Objects) -> str:
    chosen = _pod(_MLFLOW, objects)["spec"]["nodeSelector"]
    return ",".join(f"{key}={value}" for key, value in chosen.items())


def _toleration(objects: Objects) -> str:
    [one] = _pod(_MLFLOW, objects)["spec"]["tolerations"]
    return f"{one['key']}={one['value']}:{one['effect']}"


def _account(objects: Objects) -> str:
    name = _pod(_MLFLOW, objects)["spec"]["serviceAccountName"]
    mark = "example.com/role"
    return f"{mark}={objects[f'ServiceAccount/{name}']['metadata']['annotations'][mark]}"


def _cpu(workload: str) -> Read:
    return lambda objects: (
        f"requests.cpu={_container(workload, objects)['resources']['requests']['cpu']}"
    )


def _transformed(objects: Objects) -> str:
    spread = _pod(_MLFLOW, objects)["spec"]["topologySpreadConstraints"]
    zones = any(one["topologyKey"] == "topology.kubernetes.io/zone" for one in spread)
    return "presets/transform.py" if zones else "auto"


def _gateway(objects: Objects) -> str:
    [parent] = objects["HTTPRoute/mlflow-server"]["spec"]["parentRefs"]
    return f"{parent['namespace']}/{parent['name']}"


def _ca_bundle(objects: Objects) -> str:
    volumes = _pod(_MLFLOW, objects)["spec"]["volumes"]
    return next(one["configMap"]["name"] for one in volumes if one["name"] == "ca")


def _image(workload: str) -> Read:
    return lambda objects: _container(workload, objects)["image"]


def _variable(workload: str, name: str) -> Read:
    def read(objects: Objects) -> str:
        variables = _container(workload, objects)["env"]
        return next(one["value"] for one in variables if one["name"] == name)

    return read


def _features(objects: Objects) -> str:
    on = _variable(_MLFLOW, "MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS")(objects) == "true"
    return "custom-scorers" if on else "none"


def _has_policies(objects: Objects) -> str:
    return str(any(name.startswith("NetworkPolicy/") for name in objects)).lower()


def _entrances(objects: Objects) -> str:
    rules = objects["NetworkPolicy/mlflow-server"]["spec"]["ingress"]
    container = objects["Deployment/mlflow-server"]["spec"]["template"]["spec"]["containers"][0]
    [port] = [one["containerPort"] for one in container["ports"] if one["name"] == "http"]
    # The other port is for whoever reads metrics, and pods of the stack are no entrance.
    return ",".join(
        _peer(peer)
        for rule in rules
        for peer in rule["from"]
        if rule["ports"][0]["port"] == port and "podSelector" not in peer
    )


def _ways_out(objects: Objects) -> str:
    rules = objects["NetworkPolicy/mlflow-server"]["spec"]["egress"]
    return ",".join(
        f"{peer['ipBlock']['cidr']}:{rule['ports'][0]['port']}"
        for rule in rules
        for peer in rule["to"]
        if "ipBlock" in peer
    )


def _peer(peer: Mapping[str, Any]) -> str:
    if "ipBlock" in peer:
        return peer["ipBlock"]["cidr"]
    return peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]


def _models(objects: Objects) -> str:
    served = objects.get("Deployment/model-wine")
    if served is None:
        return "none"
    name, _, alias = served["metadata"]["annotations"]["mlplatform/model"].partition("@")
    return f"[{{name: {name}, alias: {alias}}}]"


def _tls(objects: Objects) -> str:
    served = objects["Ingress/mlflow-server"]["spec"].get("tls")
    return {"tls": "own"}.get(served[0]["secretName"], "secret") if served else "off"


def _monitoring(objects: Objects) -> str:
    if "StatefulSet/prometheus" in objects:
        return "builtin"
    return "scrape" if "Deployment/exporter" in objects else "off"


def _plain_http(objects: Objects) -> str:
    return "redirect" if "to-https" in str(objects["Ingress/mlflow-server"]) else "serve"


def _postgres_tls(objects: Objects) -> str:
    return str("ssl=on" in _container("StatefulSet/postgres", objects)["args"]).lower()


_READ: Mapping[str, Read] = {
    "ephemeral": _mark("labels", "ephemeral"),
    "artifacts": _mark("annotations", "artifacts"),
    "auth": lambda objects: str(
        "--app-name=basic-auth" in _container(_MLFLOW, objects)["args"]
    ).lower(),
    "authDefaultPermission": lambda objects: next(
        line.removeprefix("default_permission = ")
        for line in _secret("auth", "basic_auth.ini")(objects).splitlines()
        if line.startswith("default_permission")
    ),
    "authAdminPassword": _secret("auth-admin", "password"),
    "expiresAt": _mark("annotations", "expires-at"),
    "replicas": lambda objects: str(objects[_MLFLOW]["status"]["readyReplicas"]),
    "maxReplicas": lambda objects: str(objects[_AUTOSCALER]["spec"]["maxReplicas"]),
    "mlflowMemory": lambda objects: _container(_MLFLOW, objects)["resources"]["limits"]["memory"],
    "mlflowFeatures": _features,
    "models": _models,
    "podLabels": _pods_have("labels", "team"),
    "podAnnotations": _pods_have("annotations", "example.com/owner"),
    "nodeSelector": _node,
    "tolerations": _toleration,
    "serviceAccountAnnotations": _account,
    "caBundle": _ca_bundle,
    "imagePullSecrets": lambda objects: _pod(_MLFLOW, objects)["spec"]["imagePullSecrets"][0][
        "name"
    ],
    "priorityClass": lambda objects: _pod(_MLFLOW, objects)["spec"]["priorityClassName"],
    "postgresResources": _cpu("StatefulSet/postgres"),
    "minioResources": _cpu("StatefulSet/minio"),
    "mlflowResources": _cpu(_MLFLOW),
    "jobResources": _cpu(_BACKUP),
    "transforms": _transformed,
    "imageRegistry": lambda objects: _image(_MLFLOW)(objects).rpartition("/")[0],
    "postgresImage": _image("StatefulSet/postgres"),
    "minioImage": _image("StatefulSet/minio"),
    "mlflowImage": _image(_MLFLOW),
    "domain": lambda objects: _host("mlflow-server")(objects).removeprefix("mlflow-server."),
    "tls": _tls,
    "plainHttp": _plain_http,
    "postgresTls": _postgres_tls,
    "mlflowHost": _host("mlflow-server"),
    "minioHost": _host("minio"),
    "networkPolicies": _has_policies,
    "ingressFrom": _entrances,
    "mlflowEgress": _ways_out,
    "gateway": _gateway,
    "minioPublished": lambda objects: str("Ingress/minio" in objects).lower(),
    "ingressClass": lambda objects: objects["Ingress/minio"]["spec"]["ingressClassName"],
    "storageClass": lambda objects: objects["PersistentVolumeClaim/minio"]["spec"][
        "storageClassName"
    ],
    "monitoring": _monitoring,
    "postgresStorage": _claim("postgres"),
    "minioStorage": _claim("minio"),
    "postgresPassword": _secret("postgres", "password"),
    "minioRootPassword": _secret("minio", "password"),
    "s3SecretKey": _secret("artifact-store", "secretKey"),
    "backupSchedule": lambda objects: objects[_BACKUP]["spec"]["schedule"],
    "backupKeep": _variable(_BACKUP, "BACKUP_KEEP"),
    "backupTo": _variable(_BACKUP, "BACKUP_TO"),
    "backupEndpoint": _variable(_BACKUP, "AWS_ENDPOINT_URL_S3"),
    "backupStorage": _claim("backup"),
    "backupAccessKey": _secret("backup-store", "accessKey"),
    "backupSecretKey": _secret("backup-store", "secretKey"),
}
