"""Rules on who reaches what."""

from ipaddress import ip_address, ip_network

from policy.objects import Finding, Object, Objects, containers, name_of, of_kind, pods

_OF_DATA = {5432, "postgres"}
# What a cloud tells whoever asks from one of its machines, credentials too: AWS by both, and all
# others by the first.
_METADATA = (ip_address("169.254.169.254"), ip_address("fd00:ec2::254"))


def services_are_internal(objects: Objects) -> list[Finding]:
    """A Service is reached from inside the cluster only: ingresses lead in."""
    return [
        Finding(name_of(one), "is reached from outside the cluster")
        for one in of_kind(objects, "Service")
        if one["spec"].get("type", "ClusterIP") != "ClusterIP" or one["spec"].get("externalIPs")
    ]


def database_is_not_published(objects: Objects) -> list[Finding]:
    """No host leads to the database."""
    return [
        Finding(name_of(one), "leads to the database")
        for one in of_kind(objects, "Ingress")
        for rule in one["spec"].get("rules") or []
        for path in rule["http"]["paths"]
        if _OF_DATA & set(path["backend"]["service"]["port"].values())
    ]


def ingress_names_its_hosts(objects: Objects) -> list[Finding]:
    """An Ingress takes the requests for one host, not all that nobody else wants."""
    return [
        Finding(name_of(one), "takes every host")
        for one in of_kind(objects, "Ingress")
        if "defaultBackend" in one["spec"]
        or any("*" in rule.get("host", "*") for rule in one["spec"].get("rules") or [])
    ]


def every_host_is_served_by_tls(objects: Objects) -> list[Finding]:
    """Where a stack has a certificate, no host is served without one: passwords would be read."""
    ingresses = list(of_kind(objects, "Ingress"))
    has_one = any(one.get("type") == "kubernetes.io/tls" for one in of_kind(objects, "Secret"))
    if not has_one and not any(one["spec"].get("tls") for one in ingresses):
        return []
    return [
        Finding(name_of(one), f"serves {rule['host']} without TLS")
        for one in ingresses
        for rule in one["spec"].get("rules") or []
        if not any(rule["host"] in tls["hosts"] for tls in one["spec"].get("tls") or [])
    ]


def policies_name_their_peers(objects: Objects) -> list[Finding]:
    """A NetworkPolicy names who may, and keeps everybody from the cloud's metadata."""
    return [
        Finding(name_of(one), f"{direction} to or from anybody")
        for one in of_kind(objects, "NetworkPolicy")
        for direction, peers in (("ingress", "from"), ("egress", "to"))
        for rule in one["spec"].get(direction) or []
        if not _names_its_peers(rule, peers)
    ]


def _names_its_peers(rule: Object, peers: str) -> bool:
    # Without peers, a rule is for everybody; so is a peer that selects all.
    return bool(rule.get(peers)) and all(
        not _reaches_metadata(peer["ipBlock"]) if "ipBlock" in peer else any(peer.values())
        for peer in rule[peers]
    )


def _reaches_metadata(block: Object) -> bool:
    excepted = [ip_network(cidr) for cidr in block.get("except") or []]
    return any(
        address in ip_network(block["cidr"]) and not any(address in one for one in excepted)
        for address in _METADATA
    )


def nothing_is_allowed_unsaid(objects: Objects) -> list[Finding]:
    """Pods that no other policy is for reach nobody, and nobody reaches them."""
    closed = {
        one["metadata"].get("namespace")
        for one in of_kind(objects, "NetworkPolicy")
        if one["spec"].get("podSelector") == {}
        and set(one["spec"].get("policyTypes") or []) == {"Ingress", "Egress"}
    }
    return [
        Finding(name_of(one), "has no policy for all pods in both directions")
        for one in of_kind(objects, "Namespace")
        if one["metadata"]["name"] not in closed
    ]


def mlflow_checks_hosts(objects: Objects) -> list[Finding]:
    """MLflow answers requests for its own names only, against DNS rebinding."""
    return [
        Finding(one.where, f"{name} allows *")
        for one in containers(objects)
        for name, value in one.variables
        if name in ("MLFLOW_SERVER_ALLOWED_HOSTS", "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS")
        and "*" in value.split(",")
    ] + [
        Finding(one.where, f"is started with {word}")
        for one in containers(objects)
        for word in one.words
        if word in ("--allowed-hosts=*", "--cors-allowed-origins=*")
    ]


def mlflow_keeps_its_guard(objects: Objects) -> list[Finding]:
    """MLflow's own security middleware stays on."""
    return [
        Finding(one.where, "is without MLflow's security middleware")
        for one in containers(objects)
        if "--disable-security-middleware" in one.words
        or ("MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE", "true") in one.variables
    ]


def certificates_are_verified(objects: Objects) -> list[Finding]:
    """Nobody is told to take any certificate for good."""
    careless = {
        ("MLFLOW_TRACKING_INSECURE_TLS", "true"),
        ("MLFLOW_S3_IGNORE_TLS", "true"),
        ("PYTHONHTTPSVERIFY", "0"),
        ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
    }
    return [
        Finding(one.where, f"has {name}={value}")
        for one in containers(objects)
        for name, value in one.variables
        if (name, value) in careless
    ]


def objects_stay_in_one_namespace(objects: Objects) -> list[Finding]:
    """Everything is in the namespace that the stack makes, and so is nobody else's."""
    own = {one["metadata"]["name"] for one in of_kind(objects, "Namespace")}
    return [
        Finding(name_of(one), f"is in namespace {one['metadata'].get('namespace')}")
        for one in objects
        if one["kind"] != "Namespace" and one["metadata"].get("namespace") not in own
    ]


def services_lead_to_pods_of_the_stack(objects: Objects) -> list[Finding]:
    """What a Service selects is one part of the stack, not whatever has a common label."""
    labels = [pod.labels for pod in pods(objects) if pod.serves]
    return [
        Finding(name_of(one), f"selects {len(selected)} workloads")
        for one in of_kind(objects, "Service")
        if one["spec"].get("selector")
        for selected in [[has for has in labels if one["spec"]["selector"].items() <= has.items()]]
        if len(selected) != 1
    ]
