"""What a stack that is monitored has besides, and that another has none of it."""

import json
import re
from typing import Any

import pytest

from mlplatform import schedules, server
from mlplatform.components import exporter, pod_monitors
from mlplatform.existing import Existing
from mlplatform_server import apps
from mlplatform_server.exporter import __main__ as exporter_program
from tests.infra.conftest import recorded
from tests.infra.recorder import Recording, record

OPERATOR = Existing(offers=lambda api: api == pod_monitors.API)


@pytest.fixture
def watched() -> Recording:
    return recorded("watched")


@pytest.fixture
def scraped() -> Recording:
    return recorded("scraped")


def test_a_stack_that_nobody_watches_has_nothing_of_it(dev: Recording) -> None:
    everything = json.dumps([one.object for one in dev.objects])
    for word in ("metrics", "prometheus", "exporter", "monitor"):
        assert word not in everything.lower(), word
    assert "monitoring" not in dev.outputs


def test_a_prometheus_of_others_finds_each_part_by_its_annotations(scraped: Recording) -> None:
    found = {}
    for one in scraped.workloads:
        marks = one.pod["metadata"]["annotations"]
        if "prometheus.io/scrape" in marks:
            [open_port] = [
                port["containerPort"]
                for container in one.pod["spec"]["containers"]
                for port in container["ports"]
                if port["name"] == "metrics"
            ]
            assert marks["prometheus.io/port"] == str(open_port)
            found[one.object["metadata"]["name"]] = open_port
    assert found == {"mlflow-server": 9090, "exporter": 9090, "postgres": 9187}
    assert not [one for one in scraped.of_kind("StatefulSet") if "prometheus" in one.name]


def test_what_counts_is_told_where_to(watched: Recording) -> None:
    mlflow = watched.one("Deployment", "mlflow-server")
    assert mlflow.environment[apps.METRICS_PORT] == "9090"
    assert exporter_program.METRICS_PORT == exporter.scrapes.PORT
    ready = mlflow.container["readinessProbe"]["httpGet"]["path"]
    assert ready == server.readiness_path(has_own=True)


def test_an_operator_learns_of_every_part_and_of_the_store_s_token_and_authority() -> None:
    encrypted = {"minioTls": "true", "minioPublished": "false", "tls": "own"}
    recording = record({"monitoring": "scrape", **encrypted}, existing=OPERATOR)
    monitors = recording.of_kind("PodMonitor")
    endpoints = {one.object["metadata"]["name"]: one.object["spec"] for one in monitors}
    assert set(endpoints) == {"mlflow-server", "exporter", "postgres", "minio"}
    [store] = endpoints["minio"]["podMetricsEndpoints"]
    assert store["authorization"]["credentials"] == {"name": "store-metrics", "key": "token"}
    assert store["scheme"] == "https"
    assert store["tlsConfig"]["serverName"] == "minio"
    [rule] = recording.of_kind("PrometheusRule")
    assert len(rule.object["spec"]["groups"][0]["rules"]) == 13
    assert not record({"monitoring": "scrape"}).of_kind("PodMonitor")


def configuration(recording: Recording) -> dict[str, Any]:
    [files] = [
        one
        for one in recording.of_kind("ConfigMap")
        if "prometheus.yaml" in one.object.get("data", {})
    ]
    return json.loads(files.object["data"]["prometheus.yaml"])


def test_its_own_prometheus_reads_its_own_pods_and_the_store_with_a_token(
    watched: Recording,
) -> None:
    pods, store = configuration(watched)["scrape_configs"]
    [found] = pods["kubernetes_sd_configs"]
    assert found["namespaces"] == {"names": ["mlplatform-dev"]}
    assert store["authorization"] == {"credentials_file": "/etc/prometheus-store/token"}
    role = watched.one("Role", "prometheus").object["rules"]
    assert role == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]


def test_its_own_prometheus_asks_for_the_password_where_mlflow_does(watched: Recording) -> None:
    read = watched.one("StatefulSet", "prometheus").secrets_read
    assert read["PROMETHEUS_PASSWORD"] == ("auth-admin", "password")
    alone = record({"monitoring": "builtin"}).one("StatefulSet", "prometheus")
    assert alone.secrets_read == {}


def test_the_exporter_may_read_objects_of_its_namespace_and_write_none(watched: Recording) -> None:
    rules = watched.one("Role", "exporter").object["rules"]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list"}
    assert not {"secrets", "configmaps"} & {name for rule in rules for name in rule["resources"]}
    [volume] = [
        one
        for one in watched.one("Deployment", "exporter").pod["spec"]["volumes"]
        if one["name"] == "certificate-public"
    ]
    assert [item["key"] for item in volume["secret"]["items"]] == ["tls.crt"]


@pytest.mark.parametrize("external", [{}, {"externalS3": "https://s3.example.com"}])
def test_who_reads_metrics_gets_to_nothing_else(external: dict[str, str]) -> None:
    recording = record({"monitoring": "scrape", "scrapeFrom": "monitoring", **external})
    ports: dict[str, list[int]] = {}
    for policy in recording.of_kind("NetworkPolicy"):
        for rule in policy.object["spec"].get("ingress", []):
            if "monitoring" in json.dumps(rule["from"]):
                ports[policy.object["metadata"]["name"]] = [one["port"] for one in rule["ports"]]
    store = {} if external else {"minio": [9000]}
    assert ports == {"mlflow-server": [9090], "exporter": [9090], "postgres": [9187], **store}


@pytest.mark.parametrize(
    ("schedule", "pause"),
    [
        ("0 3 * * *", 24 * 3600),
        ("*/10 * * * *", 600),
        ("15,45 * * * *", 1800),
        ("0 8-18/2 * * *", 14 * 3600),
        ("30 2 * * 1-5", 3 * 24 * 3600),
        ("0 0 * * 0", 7 * 24 * 3600),
        ("0 0 * * 7", 7 * 24 * 3600),
        ("0 0 1 * *", 31 * 24 * 3600),
        ("0 0 1,15 * 3", 7 * 24 * 3600),  # either will do
        ("0 0 29 2 *", 366 * 24 * 3600 * 2),  # once in these years
    ],
)
def test_the_longest_pause_of_a_schedule_is_found(schedule: str, pause: int) -> None:
    assert schedules.longest_pause_s(schedule) == pause


OURS = Existing(
    controller_namespaces={"traefik": "mlplatform-ingress", "nginx": "elsewhere"},
    own_ingress_classes=frozenset({"traefik"}),
)


@pytest.mark.parametrize(
    ("config", "existing", "reads"),
    [
        ({"monitoring": "builtin"}, OURS, True),
        ({"monitoring": "builtin", "ingressClass": "nginx"}, OURS, False),
        ({"monitoring": "builtin"}, Existing(), False),
    ],
)
def test_its_prometheus_reads_our_ingress_controller_of_its_own_hosts_alone(
    config: dict[str, str], existing: Existing, reads: bool
) -> None:
    watched = record(config, existing=existing)
    ingresses = [one for one in configuration(watched)["scrape_configs"] if _is_ingress(one)]
    policy = json.dumps(watched.one("NetworkPolicy", "prometheus").object["spec"])
    assert ("mlplatform-ingress" in policy and '"port": 8082' in policy) == reads
    if not reads:
        assert ingresses == []
        return
    [[target], [keep]] = ingresses[0]["static_configs"], ingresses[0]["metric_relabel_configs"]
    assert target["targets"] == ["traefik.mlplatform-ingress:8082"]
    of = "mlplatform-dev-mlflow-server-http@kubernetes"
    another = "mlplatform-dev-2-mlflow-server-http@kubernetes"
    kept = [one for one in (of, another, "") if re.fullmatch(keep["regex"], one)]
    assert (keep["source_labels"], kept) == (["service"], [of])


def _is_ingress(job: dict[str, Any]) -> bool:
    return job["job_name"] == "ingress"
