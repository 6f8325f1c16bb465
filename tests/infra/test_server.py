"""What the MLflow server is told."""

import pytest
from mlflow.server.security_utils import get_allowed_hosts_from_env, is_allowed_host_header

from mlplatform import server
from tests.infra.recorder import Recording, record

STORE = {
    "namespace": "n",
    "s3_endpoint_url": "http://s",
    "bucket": "mlflow",
    "region": "us-east-1",
}


@pytest.fixture
def allowed_hosts(dev: Recording, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts of stack dev, as MLflow reads them."""
    name = "MLFLOW_SERVER_ALLOWED_HOSTS"
    environment = dev.one("Deployment", "mlflow-server").environment
    monkeypatch.setenv(name, environment[name])
    read = get_allowed_hosts_from_env()
    assert read is not None
    return read


@pytest.mark.parametrize(
    "name",
    [
        "mlflow-server.local",
        "mlflow-server",
        "mlflow-server.mlplatform-dev",
        "mlflow-server.mlplatform-dev.svc",
        "mlflow-server.mlplatform-dev.svc.cluster.local",
        "localhost",
        "127.0.0.1",
    ],
)
def test_every_name_of_the_server_is_accepted_with_and_without_port(
    allowed_hosts: list[str], name: str
) -> None:
    assert is_allowed_host_header(allowed_hosts, name)
    assert is_allowed_host_header(allowed_hosts, f"{name}:8080")


@pytest.mark.parametrize(
    "name",
    [
        "evil.example.com",
        "mlflow-server.local.evil.example.com",
        "10.0.0.1",
        "10.evil.example.com",
        "mlflow-server.mlplatform-other.svc",
        "MLFLOW-SERVER.LOCAL",
    ],
)
def test_any_other_name_is_refused(allowed_hosts: list[str], name: str) -> None:
    assert not is_allowed_host_header(allowed_hosts, name)


def test_the_readiness_probe_sends_an_accepted_host_and_asks_the_database(
    dev: Recording, allowed_hosts: list[str]
) -> None:
    asked = dev.one("Deployment", "mlflow-server").container["readinessProbe"]["httpGet"]
    (header,) = asked["httpHeaders"]
    assert header["name"] == "Host"
    assert is_allowed_host_header(allowed_hosts, header["value"])
    assert asked["path"].startswith("/api/2.0/mlflow/experiments/search")


def test_the_origin_of_the_ui_is_allowed_and_no_other() -> None:
    environment = server.environment(artifacts="proxied", public_host="h.local", **STORE)
    origins = environment["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"].split(",")
    assert origins == ["http://h.local", "https://h.local"]


@pytest.mark.parametrize(
    ("artifacts", "options", "root"),
    [
        (
            "proxied",
            {"--serve-artifacts", "--artifacts-destination=s3-proxied://mlflow/artifacts"},
            "mlflow-artifacts:/",
        ),
        (
            "presigned",
            {"--serve-artifacts", "--artifacts-destination=s3-presigned://mlflow/artifacts"},
            "mlflow-artifacts:/",
        ),
        (
            "direct",
            {"--no-serve-artifacts", "--default-artifact-root=s3://mlflow/artifacts"},
            "s3://mlflow/artifacts",
        ),
    ],
)
def test_each_way_of_artifacts_has_its_options_and_root(
    artifacts: str, options: set[str], root: str
) -> None:
    recording = record({"artifacts": artifacts})
    arguments = recording.one("Deployment", "mlflow-server").container["args"]
    assert {argument for argument in arguments if "artifact" in argument} == options
    assert recording.one("Job", "migration").environment["MLPLATFORM_ARTIFACT_ROOT"] == root


def test_nothing_that_runs_code_or_reaches_the_internet_is_on_by_itself() -> None:
    environment = server.environment(artifacts="proxied", public_host="h", **STORE)
    assert environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    assert environment["MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS"] == "false"
    assert environment["MLFLOW_ENABLE_AI_GATEWAY"] == "false"
    assert environment["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert environment["MLFLOW_MODEL_CATALOG_URI"] == ""


@pytest.mark.parametrize("feature", server.FEATURES)
def test_a_feature_that_is_chosen_is_on_and_no_other(feature: str) -> None:
    recording = record({"mlflowFeatures": feature, "mlflowMemory": "4Gi"})
    environment = recording.one("Deployment", "mlflow-server").environment
    on = {name for name, switch in server.FEATURES.items() if environment[switch] == "true"}
    assert on == {feature}


def test_jobs_reach_the_server_where_it_listens() -> None:
    for features, accepted in [((), False), (("jobs",), True)]:
        hosts = server.allowed_hosts("h.local", "n", features)
        assert is_allowed_host_header(hosts, f"0.0.0.0:{server.PORT}") == accepted


def test_ingress_nginx_is_told_to_let_artifacts_through(
    dev: Recording, own_cluster: Recording
) -> None:
    def annotations(recording: Recording) -> list[dict[str, str]]:
        return [one.object["metadata"]["annotations"] for one in recording.of_kind("Ingress")]

    for found in annotations(own_cluster):
        assert found["nginx.ingress.kubernetes.io/proxy-body-size"] == "0"
        assert found["nginx.ingress.kubernetes.io/proxy-request-buffering"] == "off"
    for found in annotations(dev):
        assert not [key for key in found if "nginx" in key]
