"""What a cluster's owner demands of every pod, and the hook for all that no setting is for."""

from typing import Any

import kubernetes_validate
import pulumi
import pytest
from pulumi import ResourceOptions, ResourceTransformArgs

from mlplatform import transforms
from mlplatform.settings import parse_settings
from tests.infra.recorder import Recording, record

DEMANDS = {
    "imagePullSecrets": "registry-login,other-login",
    "podLabels": "team=ml,app.kubernetes.io/name=ours-wins",
    "podAnnotations": "example.com/owner=ml",
    "nodeSelector": "pool=ml",
    "tolerations": "dedicated=ml:NoSchedule,spot",
    "priorityClass": "high",
    "caBundle": "company-ca",
    "serviceAccountAnnotations": "eks.amazonaws.com/role-arn=arn:aws:iam::1:role/ml",
    "postgresResources": "requests.cpu=1,limits.memory=8Gi",
    "minioResources": "requests.cpu=2",
    "mlflowResources": "requests.cpu=3,limits.cpu=4",
    "jobResources": "requests.cpu=5",
    "ephemeral": "false",
    "backupSchedule": "0 3 * * *",
}


@pytest.fixture(scope="module")
def demanded() -> Recording:
    return record(DEMANDS)


def test_every_pod_has_what_is_demanded(demanded: Recording) -> None:
    assert {one.kind for one in demanded.workloads} == {
        "StatefulSet",
        "Deployment",
        "Job",
        "CronJob",
    }
    for one in demanded.workloads:
        metadata, spec = one.pod["metadata"], one.pod["spec"]
        assert metadata["labels"]["team"] == "ml"
        assert metadata["annotations"]["example.com/owner"] == "ml"
        pull_secrets = [{"name": "registry-login"}, {"name": "other-login"}]
        assert spec["imagePullSecrets"] == pull_secrets
        assert spec["nodeSelector"] == {"pool": "ml"}
        assert spec["tolerations"] == [
            {"key": "dedicated", "value": "ml", "operator": "Equal", "effect": "NoSchedule"},
            {"key": "spot", "operator": "Exists"},
        ]
        assert spec["priorityClassName"] == "high"
        part = metadata["labels"]["app.kubernetes.io/name"]
        own_account = part == "certificate-renewal"
        assert spec["serviceAccountName"] == (part if own_account else "mlplatform")
        assert "ca" in {volume["name"] for volume in spec["volumes"]}


def test_our_own_labels_stay(demanded: Recording) -> None:
    for one in demanded.workloads:
        name = "app.kubernetes.io/name"
        assert one.pod["metadata"]["labels"][name] == one.object["metadata"]["labels"][name]


def test_the_service_account_is_annotated_and_has_no_token(demanded: Recording) -> None:
    account = demanded.one("ServiceAccount", "account")
    annotations = account.object["metadata"]["annotations"]
    assert annotations["eks.amazonaws.com/role-arn"] == "arn:aws:iam::1:role/ml"
    assert account.object["automountServiceAccountToken"] is False


def test_every_container_has_the_resources_of_its_part(demanded: Recording) -> None:
    cores = {"postgres": "1", "minio": "2", "mlflow-server": "3"}
    for one in demanded.workloads:
        part = one.object["metadata"]["labels"]["app.kubernetes.io/name"]
        for container in one.containers:
            assert container["resources"]["requests"]["cpu"] == cores.get(part, "5")
            assert container["resources"]["requests"]["memory"]
            assert container["resources"]["limits"]["memory"]
    postgres = demanded.one("StatefulSet", "postgres").container["resources"]
    assert postgres["limits"] == {"cpu": "2", "memory": "8Gi"}
    mlflow = demanded.one("Deployment", "mlflow-server").container["resources"]
    assert mlflow["limits"] == {"cpu": "4", "memory": "1536Mi"}
    # What is asked for is more than our own limit.
    assert demanded.one("Job", "migration").container["resources"]["limits"]["cpu"] == "5"


def test_objects_with_demands_fit_the_schema_of_kubernetes(demanded: Recording) -> None:
    for one in demanded.objects:
        kubernetes_validate.validate(one.object, "1.35", strict=True)


def test_nothing_is_demanded_by_default(dev: Recording) -> None:
    for one in dev.workloads:
        unset = {"imagePullSecrets", "nodeSelector", "tolerations", "priorityClassName"}
        assert not (unset | {"serviceAccountName"}) & one.pod["spec"].keys()


def transformed(props: dict[str, Any], type_: str) -> Any:
    transform = transforms.load("presets/transform.py")
    args = ResourceTransformArgs(
        custom=True, type_=type_, name="any", props=props, opts=ResourceOptions()
    )
    return transform(args)


def test_the_example_of_a_transform_changes_what_it_names_and_nothing_else(dev: Recording) -> None:
    deployment = dev.one("Deployment", "mlflow-server")
    changed = transformed(deployment.object, deployment.type).props
    keys = [
        one["topologyKey"]
        for one in changed["spec"]["template"]["spec"]["topologySpreadConstraints"]
    ]
    assert keys[-1] == "topology.kubernetes.io/zone"
    kubernetes_validate.validate(changed, "1.35", strict=True)
    service = dev.one("Service", "mlflow-server")
    assert transformed(service.object, service.type) is None


def test_the_transform_of_the_settings_is_handed_to_pulumi(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[Any] = []
    monkeypatch.setattr(pulumi.runtime, "register_resource_transform", registered.append)
    transforms.register(parse_settings({}, "dev", {"minikube": True}))
    assert registered == []
    transforms.register(
        parse_settings({"transforms": "presets/transform.py"}, "dev", {"minikube": True})
    )
    assert registered[0].__name__ == "transform"


def test_what_has_a_volume_stays_on_the_node_that_minikube_keeps_it_on(demanded: Recording) -> None:
    for one in demanded.workloads:
        has_claim = any("persistentVolumeClaim" in volume for volume in one.pod["spec"]["volumes"])
        assert ("affinity" in one.pod["spec"]) == has_claim, one.name
