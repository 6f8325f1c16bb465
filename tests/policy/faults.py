"""Faults to plant in the objects of a stack, and the rule that each has to be found by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from policy import credentials, exposure, privileges
from policy.objects import Rule

Objects = list[dict[str, Any]]
Plant = Callable[[Objects], object]


def one(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    """An object."""
    [found] = [o for o in objects if (o["kind"], o["metadata"]["name"]) == (kind, name)]
    return found


def pod(objects: Objects) -> dict[str, Any]:
    """The pod of MLflow."""
    return one(objects, "Deployment", "mlflow-server")["spec"]["template"]["spec"]


def container(objects: Objects) -> dict[str, Any]:
    """The container of MLflow."""
    return pod(objects)["containers"][0]


def context(**values: object) -> Plant:
    """Other fields in a security context."""
    return lambda objects: container(objects)["securityContext"].update(values)


def in_pod(**values: object) -> Plant:
    """Other fields in a pod."""
    return lambda objects: pod(objects).update(values)


def volume(**source: object) -> Plant:
    """Another volume of a pod."""
    return lambda objects: pod(objects)["volumes"].append({"name": "planted", **source})


def variable(name: str, value: str) -> Plant:
    """Another value of a variable."""
    return lambda objects: container(objects)["env"].append({"name": name, "value": value})


def argument(word: str) -> Plant:
    """Another argument."""
    return lambda objects: container(objects)["args"].append(word)


def service(**values: object) -> Plant:
    """Other fields of the database's Service."""
    return lambda objects: one(objects, "Service", "postgres")["spec"].update(values)


def added(kind: str, **fields: object) -> Plant:
    """Another object."""
    return lambda objects: objects.append(
        {"kind": kind, "metadata": {"name": "planted", "namespace": "mlplatform-dev"}, **fields}
    )


def init_container(objects: Objects) -> dict[str, Any]:
    """The first container of the backup's pod, which others come after."""
    template = one(objects, "CronJob", "backup")["spec"]["jobTemplate"]["spec"]["template"]
    return template["spec"]["initContainers"][0]


def published_database(objects: Objects) -> None:
    """The Ingress of MLflow leads to Postgres."""
    rule = one(objects, "Ingress", "mlflow-server")["spec"]["rules"][0]
    rule["http"]["paths"][0]["backend"]["service"] = {"name": "postgres", "port": {"number": 5432}}


CHECKOV_IS_BLIND = "checkov is blind to it: "

FAULTS: Mapping[str, tuple[Rule, Plant]] = {
    f"{CHECKOV_IS_BLIND}a Secret in plain text": (
        credentials.secrets_are_encrypted_in_the_state,
        lambda objects: one(objects, "Secret", "postgres")["stringData"].update(
            password="in-clear"
        ),
    ),
    f"{CHECKOV_IS_BLIND}a NetworkPolicy that allows all": (
        exposure.policies_name_their_peers,
        added("NetworkPolicy", spec={"podSelector": {}, "ingress": [{}]}),
    ),
    f"{CHECKOV_IS_BLIND}a LoadBalancer for the database": (
        exposure.services_are_internal,
        service(type="LoadBalancer"),
    ),
    f"{CHECKOV_IS_BLIND}an Ingress without TLS": (
        exposure.every_host_is_served_by_tls,
        lambda objects: one(objects, "Ingress", "mlflow-server")["spec"].pop("tls"),
    ),
    f"{CHECKOV_IS_BLIND}/etc of the node in a pod": (
        privileges.no_directory_of_the_node,
        volume(hostPath={"path": "/etc"}),
    ),
    f"{CHECKOV_IS_BLIND}a literal secret of AWS": (
        credentials.variables_refer_to_secrets,
        variable("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
    ),
    f"{CHECKOV_IS_BLIND}MLflow without its guard": (
        exposure.mlflow_keeps_its_guard,
        argument("--disable-security-middleware"),
    ),
    f"{CHECKOV_IS_BLIND}MLflow for every host": (
        exposure.mlflow_checks_hosts,
        variable("MLFLOW_SERVER_ALLOWED_HOSTS", "*"),
    ),
    "every host by an argument": (exposure.mlflow_checks_hosts, argument("--allowed-hosts=*")),
    "every origin": (
        exposure.mlflow_checks_hosts,
        variable("MLFLOW_SERVER_CORS_ALLOWED_ORIGINS", "http://mlflow-server.local,*"),
    ),
    "a namespace that admits every pod": (
        privileges.namespace_is_restricted,
        lambda objects: objects[0]["metadata"]["labels"].update(
            {"pod-security.kubernetes.io/enforce": "privileged"}
        ),
    ),
    "a privileged container": (privileges.no_more_privileges, context(privileged=True)),
    "a privileged container that comes before the others": (
        privileges.no_more_privileges,
        lambda objects: init_container(objects)["securityContext"].update(privileged=True),
    ),
    "more rights by setuid": (
        privileges.no_more_privileges,
        context(allowPrivilegeEscalation=True),
    ),
    "a capability": (
        privileges.no_capabilities,
        context(capabilities={"drop": ["ALL"], "add": ["NET_RAW"]}),
    ),
    "root": (privileges.not_root, context(runAsUser=0)),
    "whatever user the image names": (privileges.not_root, context(runAsNonRoot=False)),
    "all system calls": (
        privileges.system_calls_are_filtered,
        context(seccompProfile={"type": "Unconfined"}),
    ),
    "a root file system that can be written to": (
        privileges.root_is_read_only,
        context(readOnlyRootFilesystem=False),
    ),
    "a token of the API": (
        privileges.no_way_to_the_api,
        in_pod(automountServiceAccountToken=True),
    ),
    "the node's network": (privileges.namespaces_of_its_own, in_pod(hostNetwork=True)),
    "the processes of the node": (privileges.namespaces_of_its_own, in_pod(hostPID=True)),
    "a port of the node": (
        privileges.no_port_of_the_node,
        lambda objects: container(objects)["ports"][0].update(hostPort=5000),
    ),
    "a role with every right": (
        privileges.no_rights_to_everything,
        added("Role", rules=[{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}]),
    ),
    "the cluster's administrator": (
        privileges.no_rights_to_everything,
        added("ClusterRoleBinding", roleRef={"name": "cluster-admin"}),
    ),
    "memory without a limit": (
        privileges.bounded,
        lambda objects: container(objects)["resources"]["limits"].pop("memory"),
    ),
    "scratch space without a limit": (privileges.scratch_is_bounded, volume(emptyDir={})),
    "an image of today": (
        privileges.image_is_pinned,
        lambda objects: container(objects).update(image="registry.example.com/mlflow:latest"),
    ),
    "an image without a tag": (
        privileges.image_is_pinned,
        lambda objects: container(objects).update(image="registry.example.com:5000/mlflow"),
    ),
    "a server that nobody asks whether it is alive": (
        privileges.servers_are_probed,
        lambda objects: container(objects).pop("livenessProbe"),
    ),
    "an address from outside": (
        exposure.services_are_internal,
        service(externalIPs=["192.0.2.1"]),
    ),
    "a host for the database": (exposure.database_is_not_published, published_database),
    "an Ingress for every host": (
        exposure.ingress_names_its_hosts,
        lambda objects: one(objects, "Ingress", "mlflow-server")["spec"]["rules"][0].pop("host"),
    ),
    "a way out to everybody, the cloud's metadata too": (
        exposure.policies_name_their_peers,
        added("NetworkPolicy", spec={"egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}),
    ),
    "the metadata of one cloud": (
        exposure.policies_name_their_peers,
        added("NetworkPolicy", spec={"egress": [{"to": [{"ipBlock": {"cidr": "fd00::/8"}}]}]}),
    ),
    "nothing that closes the namespace": (
        exposure.nothing_is_allowed_unsaid,
        lambda objects: one(objects, "NetworkPolicy", "default")["spec"].update(
            policyTypes=["Ingress"]
        ),
    ),
    "pods of every namespace": (
        exposure.policies_name_their_peers,
        added("NetworkPolicy", spec={"ingress": [{"from": [{"namespaceSelector": {}}]}]}),
    ),
    "certificates that nobody looks at": (
        exposure.certificates_are_verified,
        variable("MLFLOW_TRACKING_INSECURE_TLS", "true"),
    ),
    "an object in a namespace of others": (
        exposure.objects_stay_in_one_namespace,
        lambda objects: objects[-1]["metadata"].update(namespace="kube-system"),
    ),
    "a Service for whatever belongs to the stack": (
        exposure.services_lead_to_pods_of_the_stack,
        service(selector={"app.kubernetes.io/instance": "dev"}),
    ),
    "a login in a URL": (
        credentials.variables_refer_to_secrets,
        variable("MLFLOW_BACKEND_STORE_URI", "postgresql://mlflow:in-clear@postgres/mlflow"),
    ),
    "a secret that becomes an argument": (
        credentials.arguments_hold_no_secrets,
        argument("--backend-store-uri=$(MLFLOW_BACKEND_STORE_URI)"),
    ),
    "a password in a ConfigMap": (
        credentials.configuration_holds_no_secrets,
        added("ConfigMap", data={"admin_password": "in-clear"}),
    ),
    "a login in an annotation": (
        credentials.annotations_hold_no_secrets,
        lambda objects: one(objects, "Deployment", "mlflow-server")["metadata"].update(
            annotations={"uri": "postgresql://mlflow:in-clear@postgres/mlflow"}
        ),
    ),
    "MLflow as root of the store": (
        credentials.root_of_the_store_stays_there,
        lambda objects: container(objects)["env"].append(
            {
                "name": "PLANTED",
                "valueFrom": {"secretKeyRef": {"name": "minio", "key": "password"}},
            }
        ),
    ),
}
