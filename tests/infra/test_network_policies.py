"""Who may talk to whom, as a cluster that enforces network policies decides it."""

import itertools
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from mlplatform.existing import Existing
from tests.infra.recorder import Recording, record

DNS, DATABASE, STORE, MLFLOW, TLS, SOLVER, MODEL = 53, 5432, 9000, 5000, 443, 8089, 8080
PORTS = (DNS, DATABASE, STORE, MLFLOW, TLS)
KNOWN = Existing(controller_namespaces={"traefik": "mlplatform-ingress"})


@dataclass(frozen=True)
class Somebody:
    """A pod, or an address that no pod has."""

    namespace: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] | None = None
    address: str = "10.244.0.7"


def pod_elsewhere(namespace: str, **labels: str) -> Somebody:
    return Somebody({"kubernetes.io/metadata.name": namespace, **labels}, {})


def outside(address: str) -> Somebody:
    return Somebody(address=address)


INGRESS = pod_elsewhere("mlplatform-ingress", **{"app.kubernetes.io/part-of": "mlplatform-cluster"})
OTHER_STACK = pod_elsewhere("mlplatform-other", **{"app.kubernetes.io/part-of": "mlplatform"})
SYSTEM = pod_elsewhere("kube-system")
STRANGER = pod_elsewhere("default")
METADATA = outside("169.254.169.254")
INTERNET = outside("203.0.113.9")


class Network:
    """The policies of a stack, and its pods."""

    def __init__(self, recording: Recording) -> None:
        self._policies = [one.object["spec"] for one in recording.of_kind("NetworkPolicy")]
        self._namespace = {
            "kubernetes.io/metadata.name": recording.outputs["namespace"],
            "app.kubernetes.io/part-of": "mlplatform",
        }
        self.parts = {
            one.object["metadata"]["labels"]["app.kubernetes.io/name"]: Somebody(
                self._namespace, one.pod["metadata"]["labels"]
            )
            for one in recording.workloads
        }
        self.nobody = Somebody(self._namespace, {})

    def lets(self, client: Somebody, server: Somebody, port: int, protocol: str = "TCP") -> bool:
        return self._lets(client, "Egress", "to", server, port, protocol) and self._lets(
            server, "Ingress", "from", client, port, protocol
        )

    def _lets(
        self, pod: Somebody, way: str, ends: str, other: Somebody, port: int, protocol: str
    ) -> bool:
        if pod.namespace != self._namespace or pod.labels is None:
            return True  # not this stack's to say
        selecting = [
            one
            for one in self._policies
            if way in one["policyTypes"] and selects(one["podSelector"], pod.labels)
        ]
        assert selecting, "a pod that no policy selects is open"
        rules = [rule for one in selecting for rule in one.get(way.lower(), [])]
        return any(
            any(self._is(peer, other) for peer in rule[ends])
            and (not rule["ports"] or {"port": port, "protocol": protocol} in rule["ports"])
            for rule in rules
        )

    def _is(self, peer: dict[str, Any], somebody: Somebody) -> bool:
        if "ipBlock" in peer:
            ranges = [peer["ipBlock"]["cidr"]], peer["ipBlock"].get("except", [])
            inside, but = (
                any(ip_address(somebody.address) in ip_network(one) for one in found)
                for found in ranges
            )
            return inside and not but
        if somebody.labels is None:
            return False
        if "namespaceSelector" in peer:
            return selects(peer["namespaceSelector"], somebody.namespace)
        return somebody.namespace == self._namespace and selects(
            peer["podSelector"], somebody.labels
        )


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    assert {one["operator"] for one in selector.get("matchExpressions", [])} <= {"NotIn"}
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(one["key"]) not in one["values"] for one in selector.get("matchExpressions", [])
    )


def network(config: dict[str, str] | None = None, existing: Existing = KNOWN) -> Network:
    return Network(record(config, existing=existing))


BACKUPS = {"ephemeral": "false", "backupSchedule": "0 3 * * *"}


def test_pods_of_a_stack_reach_those_that_they_need_and_no_others() -> None:
    ours = network(BACKUPS)
    open_ways = {
        (client, server, port)
        for client, server, port in itertools.product(ours.parts, ours.parts, PORTS)
        if ours.lets(ours.parts[client], ours.parts[server], port)
    }
    assert open_ways == {
        ("mlflow-server", "postgres", DATABASE),
        ("migration", "postgres", DATABASE),
        ("backup", "postgres", DATABASE),
        ("mlflow-server", "minio", STORE),
        ("bucket", "minio", STORE),
        ("backup", "minio", STORE),
    }


def test_from_outside_only_the_ingress_controller_reaches_a_stack_at_its_two_hosts() -> None:
    ours = network()
    for client in (INGRESS, OTHER_STACK, SYSTEM, STRANGER, ours.nobody, INTERNET):
        reached = {
            (part, port)
            for part, port in itertools.product(ours.parts, PORTS)
            if ours.lets(client, ours.parts[part], port)
        }
        hosts = {("mlflow-server", MLFLOW), ("minio", STORE)}
        assert reached == (hosts if client is INGRESS else set())


def test_a_store_that_is_not_published_is_not_reached_by_the_ingress_controller() -> None:
    ours = network({"minioPublished": "false"})
    assert not ours.lets(INGRESS, ours.parts["minio"], STORE)


def test_a_stack_reaches_nobody_outside_but_the_clusters_dns() -> None:
    ours = network(BACKUPS)
    # What renews the certificate asks the cluster's API, which no policy can name.
    kept_in = [pod for part, pod in ours.parts.items() if part != "certificate-renewal"]
    for client in (*kept_in, ours.nobody):
        for server in (INGRESS, OTHER_STACK, SYSTEM, STRANGER, METADATA, INTERNET):
            reached = {port for port in PORTS if ours.lets(client, server, port)}
            assert reached == ({DNS} if server is SYSTEM else set())
        assert ours.lets(client, SYSTEM, DNS, "UDP")
        assert ours.lets(client, outside("169.254.20.10"), DNS, "UDP")


def test_what_renews_the_certificate_reaches_the_clusters_api_and_no_metadata() -> None:
    ours = network({"tls": "own"})
    renewal = ours.parts["certificate-renewal"]
    assert ours.lets(renewal, INTERNET, 443)
    assert not ours.lets(renewal, INTERNET, DATABASE)
    assert not ours.lets(renewal, METADATA, 443)
    assert not ours.lets(renewal, ours.parts["postgres"], DATABASE)


def test_who_proves_a_host_to_an_acme_authority_is_reached_by_the_ingress_controller() -> None:
    def reached(client: Somebody, config: dict[str, str]) -> bool:
        ours = network({"tls": "cert-manager", **config})
        label = {"acme.cert-manager.io/http01-solver": "true"}
        solver = Somebody(ours.nobody.namespace, label)
        assert not ours.lets(solver, INTERNET, TLS)
        return ours.lets(client, solver, SOLVER)

    assert reached(INGRESS, {"tlsIssuer": "letsencrypt"})
    assert not reached(STRANGER, {"tlsIssuer": "letsencrypt"})
    assert not reached(INGRESS, {})  # its own authority asks for no proof


def test_an_unknown_controller_may_be_in_any_namespace_that_is_no_stacks() -> None:
    ours = network({"ingressClass": "nginx"})
    assert ours.lets(STRANGER, ours.parts["mlflow-server"], MLFLOW)
    assert not ours.lets(OTHER_STACK, ours.parts["mlflow-server"], MLFLOW)
    assert not ours.lets(STRANGER, ours.parts["postgres"], DATABASE)


def test_the_setting_says_where_requests_come_from() -> None:
    ours = network({"ingressFrom": "edge,10.1.0.0/16"})
    mlflow = ours.parts["mlflow-server"]
    assert ours.lets(pod_elsewhere("edge"), mlflow, MLFLOW)
    assert ours.lets(outside("10.1.2.3"), mlflow, MLFLOW)
    assert not ours.lets(INGRESS, mlflow, MLFLOW)
    assert not ours.lets(outside("10.2.2.3"), mlflow, MLFLOW)


def test_the_setting_opens_ways_out_for_mlflow_alone_and_never_to_the_metadata() -> None:
    ours = network({"mlflowEgress": "0.0.0.0/0:443,::/0:443,192.0.2.0/24:8443"})
    mlflow = ours.parts["mlflow-server"]
    assert ours.lets(mlflow, INTERNET, TLS)
    assert ours.lets(mlflow, outside("2001:db8::1"), TLS)
    assert ours.lets(mlflow, outside("192.0.2.7"), 8443)
    assert not ours.lets(mlflow, INTERNET, 8443)
    for address in ("169.254.169.254", "100.100.100.200", "fd00:ec2::254", "fe80::1"):
        assert not ours.lets(mlflow, outside(address), TLS)
    assert not ours.lets(ours.parts["postgres"], INTERNET, TLS)


@pytest.mark.parametrize(
    ("host", "server", "port"),
    [
        ("10.9.8.7:6432", outside("10.9.8.7"), 6432),
        ("db.example.com", INTERNET, DATABASE),
        ("db.data.svc:6432", pod_elsewhere("data"), DATABASE),
        ("db.data.svc.cluster.local", pod_elsewhere("data"), DATABASE),
    ],
)
def test_an_external_database_is_reached_by_those_that_need_it(
    host: str, server: Somebody, port: int
) -> None:
    ours = network({**BACKUPS, "externalPostgres": host, "externalPostgresTls": "require"})
    for client in ("mlflow-server", "migration", "backup"):
        assert ours.lets(ours.parts[client], server, port)
        assert not ours.lets(ours.parts[client], METADATA, port)
    assert not ours.lets(ours.parts["bucket"], server, port)
    assert not ours.lets(ours.parts["mlflow-server"], outside("10.9.8.8"), TLS)


def test_an_external_store_is_reached_by_those_that_need_it() -> None:
    ours = network({**BACKUPS, "externalS3": "https://s3.example.com"})
    for client in ("mlflow-server", "bucket", "backup"):
        assert ours.lets(ours.parts[client], INTERNET, TLS)
    assert not ours.lets(ours.parts["migration"], INTERNET, TLS)


def test_only_the_backup_reaches_the_place_of_backups() -> None:
    keys = {"backupAccessKey": "key-of-backups", "backupSecretKey": "secret-of-backups"}
    elsewhere = {"backupTo": "s3://backups/mlflow", "backupEndpoint": "http://10.9.8.7:7480"}
    ours = network({**BACKUPS, **keys, **elsewhere})
    place = outside("10.9.8.7")
    reached = {name for name, pod in ours.parts.items() if ours.lets(pod, place, 7480)}
    assert reached == {"backup"}


@pytest.mark.parametrize("artifacts", ["proxied", "presigned", "direct"])
def test_a_served_model_reaches_mlflow_and_the_store_only_in_mode_direct(artifacts: str) -> None:
    ours = network({"models": "[{name: wine, alias: champion}]", "artifacts": artifacts})
    model, promoter = ours.parts["model-wine"], ours.parts["promoter"]
    for client in (model, promoter):
        assert ours.lets(client, ours.parts["mlflow-server"], MLFLOW)
        assert not ours.lets(client, ours.parts["postgres"], DATABASE)
        assert not ours.lets(client, METADATA, TLS)
    assert ours.lets(model, ours.parts["minio"], STORE) == (artifacts == "direct")
    assert not ours.lets(promoter, ours.parts["minio"], STORE)
    assert ours.lets(promoter, INTERNET, TLS)  # the cluster's API, which no policy can name
    assert not ours.lets(model, INTERNET, TLS)
    assert ours.lets(INGRESS, model, MODEL)
    for client in (STRANGER, OTHER_STACK, SYSTEM, promoter):
        assert not ours.lets(client, model, MODEL)


def test_only_a_model_that_brings_its_own_packages_reaches_their_index() -> None:
    models = "[{name: wine, alias: a, requirements: venv}, {name: churn, alias: b}]"
    ours = network({"models": models})
    assert ours.lets(ours.parts["model-wine"], INTERNET, TLS)
    assert not ours.lets(ours.parts["model-churn"], INTERNET, TLS)
    ours = network({"models": models, "packageIndex": "http://10.9.8.7:8081/simple"})
    assert ours.lets(ours.parts["model-wine"], outside("10.9.8.7"), 8081)
    assert not ours.lets(ours.parts["model-wine"], INTERNET, TLS)


def test_without_the_policies_a_stack_has_none() -> None:
    assert not record({"networkPolicies": "false"}).of_kind("NetworkPolicy")


def test_every_pod_of_every_configuration_is_denied_what_nobody_opens(
    recording: Recording,
) -> None:
    (default,) = [
        one.object["spec"]
        for one in recording.of_kind("NetworkPolicy")
        if one.object["spec"]["podSelector"] == {}
    ]
    assert default["policyTypes"] == ["Ingress", "Egress"]
    ours = Network(recording)
    for pod in ours.parts.values():
        assert not ours.lets(pod, METADATA, 80)
        assert not ours.lets(STRANGER, pod, 22)
