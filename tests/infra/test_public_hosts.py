"""What leads from the public hosts to the Services: Ingresses, or routes of a Gateway."""

import pytest

from mlplatform.existing import Existing
from tests.infra.recorder import Recording, record

BODY_SIZE = {
    "nginx.ingress.kubernetes.io/proxy-body-size",
    "nginx.org/client-max-body-size",
}


def body_size(ingress_class: str, controllers: dict[str, str]) -> set[str]:
    """The annotations that lift the limit of a request's size."""
    config = {"ingressClass": ingress_class}
    ingresses = record(config, existing=Existing(controllers=controllers)).of_kind("Ingress")
    (found,) = {frozenset(one.object["metadata"]["annotations"]) for one in ingresses}
    return BODY_SIZE & found


@pytest.mark.parametrize(
    ("ingress_class", "controllers", "annotations"),
    [
        ("traefik", {"traefik": "traefik.io/ingress-controller"}, set()),
        ("nginx-internal", {"nginx-internal": "k8s.io/ingress-nginx"}, {min(BODY_SIZE)}),
        ("public", {"public": "k8s.io/internal-ingress-nginx"}, {min(BODY_SIZE)}),
        ("public", {"public": "nginx.org/ingress-controller"}, {max(BODY_SIZE)}),
        ("nginx", {"nginx": "traefik.io/ingress-controller"}, set()),
        ("nginx", {}, {min(BODY_SIZE)}),
        ("traefik", {}, set()),
    ],
)
def test_large_uploads_pass_whatever_the_class_of_the_controller_is_called(
    ingress_class: str, controllers: dict[str, str], annotations: set[str]
) -> None:
    assert body_size(ingress_class, controllers) == annotations


@pytest.fixture(scope="module")
def routed() -> Recording:
    return record({"gateway": "infra/public"})


def test_a_gateway_serves_both_hosts_by_routes_in_place_of_ingresses(routed: Recording) -> None:
    assert routed.of_kind("Ingress") == []
    ports = {
        (service.object["metadata"]["name"], port["port"])
        for service in routed.of_kind("Service")
        for port in service.object["spec"]["ports"]
    }
    hosts = {}
    for route in routed.of_kind("HTTPRoute"):
        assert route.object["apiVersion"] == "gateway.networking.k8s.io/v1"
        spec = route.object["spec"]
        assert spec["parentRefs"] == [{"namespace": "infra", "name": "public"}]
        [host], [rule] = spec["hostnames"], spec["rules"]
        [backend] = rule["backendRefs"]
        hosts[host] = (backend["name"], backend["port"])
    assert hosts.keys() == {"mlflow-server.local", "mlflow-minio.local"}
    assert set(hosts.values()) <= ports


def test_a_gateway_is_an_output_and_no_class_is(routed: Recording) -> None:
    assert routed.outputs["gateway"] == "infra/public"
    assert "ingressClass" not in routed.outputs


def test_a_store_that_is_not_published_has_no_host_and_needs_none() -> None:
    recording = record({"minioPublished": "false"})
    assert [one.name for one in recording.of_kind("Ingress")] == ["ingress-mlflow-server"]
    assert "minioHost" not in recording.outputs
    assert recording.outputs["storeService"] == "minio"
    assert recording.one("Service", "minio")
