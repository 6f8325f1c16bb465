"""What the cluster returns, and what is made of it."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from mlplatform import existing
from mlplatform.settings import Settings, parse_settings

NAMESPACE = "mlplatform-pr-1"


def settings(**config: str) -> Settings:
    return parse_settings(config, "pr-1", {"minikube": True})


def namespace(name: str = NAMESPACE, ephemeral: str = "true", owner: str = "us") -> dict[str, Any]:
    annotations = {"mlplatform/owner": owner, "mlplatform/artifacts": "presigned"}
    metadata = {"name": name, "labels": {"mlplatform/ephemeral": ephemeral}}
    return {"kind": "Namespace", "metadata": {**metadata, "annotations": annotations}}


def claim(name: str, part: str = "postgres") -> dict[str, Any]:
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/name": part}},
        "spec": {
            "storageClassName": "fast",
            "resources": {"requests": {"storage": "3Gi"}},
            "volumeName": f"volume-of-{name}",
        },
    }


def server(claim: str) -> dict[str, Any]:
    volumes = [{"name": "tmp", "emptyDir": {}}]
    volumes += [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]
    return {"kind": "StatefulSet", "spec": {"template": {"spec": {"volumes": volumes}}}}


def read(*objects: dict[str, Any]) -> existing.Existing:
    return existing.read(NAMESPACE, objects, [], lambda _: False)


def test_a_claim_is_known_by_its_label_whatever_its_name() -> None:
    found = read(namespace(), claim("postgres-x1"), claim("minio", "minio")).claim("postgres")
    assert found is not None
    assert (found.name, found.storage_class, found.size) == ("postgres-x1", "fast", "3Gi")


def test_of_several_claims_the_one_that_the_server_has_is_the_data() -> None:
    both = [claim("postgres"), claim("postgres-x1")]
    assert [one.name for one in read(*both, server("postgres-x1")).claims] == ["postgres-x1"]
    assert [one.name for one in read(*both).claims_of("postgres")] == ["postgres", "postgres-x1"]


def test_a_claim_that_never_got_a_volume_holds_nothing() -> None:
    waiting = claim("postgres-x1")
    del waiting["spec"]["volumeName"]
    assert read(waiting, server("postgres-x1")).claims == []


def test_the_marks_of_the_namespace_are_read() -> None:
    found = read(namespace(ephemeral="false"), namespace("mlplatform-dev", owner="them"))
    assert found.owners == {NAMESPACE: "us", "mlplatform-dev": "them"}
    assert (found.durable, found.artifacts, found.runs) == (True, "presigned", False)


def test_a_cluster_that_has_nothing_of_the_stack_is_no_error() -> None:
    found = read()
    assert (found.owners, found.claim("postgres"), found.runs) == ({}, None, False)


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubectl to be written, before all others on PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    program = tmp_path / "kubectl"
    program.touch(mode=0o755)
    return program


def test_a_cluster_that_does_not_answer_is_an_error_and_not_an_empty_one(kubectl: Path) -> None:
    kubectl.write_text("#!/bin/sh\necho noise >&2\necho connection refused >&2\nexit 1\n")
    with pytest.raises(existing.NoAnswer, match="came: connection refused"):
        existing.look(settings())


def test_the_key_of_webhooks_is_read_only_where_no_server_has_it(kubectl: Path) -> None:
    def answer(*objects: dict[str, Any]) -> None:
        secret = {"kind": "Secret", "data": {"key": base64.b64encode(b"kept=").decode()}}
        kubectl.write_text(
            f"""#!/bin/sh
case "$*" in
*secret*) echo '{json.dumps(secret)}';;
*) echo '{json.dumps({"items": objects})}';;
esac
"""
        )

    answer(claim("postgres-x1"))
    assert existing.look(settings()).webhook_key == "kept="
    answer(claim("postgres-x1"), server("postgres-x1"))
    assert existing.look(settings()).webhook_key is None
    answer()
    assert existing.look(settings()).webhook_key is None


INGRESS = '{"kind": "Ingress", "metadata": {"namespace": "n"}, "spec": {"rules": [{"host": "h"}]}}'


@pytest.mark.parametrize(
    ("forbidden", "hosts"),
    [("*ingress*", {}), ("*storageclasses*", {"h": "n"})],
)
def test_what_the_user_may_not_see_of_the_cluster_is_no_error(
    kubectl: Path, monkeypatch: pytest.MonkeyPatch, forbidden: str, hosts: dict[str, str]
) -> None:
    said: list[str] = []
    monkeypatch.setattr(existing.pulumi.log, "warn", said.append)
    kubectl.write_text(
        f'#!/bin/sh\ncase "$*" in {forbidden}) echo Forbidden >&2; exit 1;; *ingress*) cat <<.\n'
        f'{{"items": [{INGRESS}]}}\n.\n;; *) echo \'{{"items": []}}\';; esac\n'
    )
    found = existing.look(settings())
    assert found.hosts == hosts
    assert bool(said) == (not hosts), "what is not looked for is said"
    assert not any(found.classes.values())


def test_hosts_of_routes_are_asked_for_where_the_cluster_knows_routes(kubectl: Path) -> None:
    route = {"kind": "HTTPRoute", "metadata": {"namespace": "theirs"}}
    routes = {"items": [json.loads(INGRESS), route | {"spec": {"hostnames": ["r"], "rules": [{}]}}]}
    kubectl.write_text(
        f"""#!/bin/sh
case "$*" in
*ingress,httproutes*) echo '{json.dumps(routes)}';;
*) echo '{{"items": []}}';;
esac
"""
    )
    found = existing.look(settings(gateway="infra/public"))
    assert found.hosts == {"h": "n", "r": "theirs"}
    assert existing.look(settings()).hosts == {}


def test_the_classes_of_the_cluster_are_read() -> None:
    fast = {"kind": "StorageClass", "metadata": {"name": "fast"}}
    found = existing.read(NAMESPACE, [], [fast], lambda _: False)
    assert found.classes == {"IngressClass": [], "StorageClass": ["fast"]}


def test_what_settings_name_is_read_with_its_version(kubectl: Path) -> None:
    login = {"username": base64.b64encode(b"team").decode()}
    metadata = {"name": "login", "resourceVersion": "7"}
    named = [
        {"kind": "Secret", "metadata": metadata, "data": login},
        {"kind": "ConfigMap", "metadata": {"name": "ca", "resourceVersion": "8"}, "data": {}},
    ]
    kubectl.write_text(
        f"""#!/bin/sh
case "$*" in
*Secret/login*ConfigMap/ca*--namespace=mlplatform-pr-1*) echo '{json.dumps({"items": named})}';;
*) echo '{{"items": []}}';;
esac
"""
    )
    found = existing.look(settings(), [("Secret", "login"), ("ConfigMap", "ca")])
    assert found.content("Secret", "login") == {"username": "team"}
    assert found.version("Secret", "login") == "7"
    assert found.content("Secret", "ca") == {}
    assert "team" not in repr(found)


def test_a_stack_without_servers_of_its_own_runs_by_its_deployment() -> None:
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "mlflow-server"},
        "spec": {"replicas": 3, "template": {"spec": {"containers": [{"image": "mlflow:3"}]}}},
    }
    marked = namespace(ephemeral="false")
    marked["metadata"]["annotations"]["mlplatform/external"] = "minio,postgres"
    found = read(marked, deployment)
    assert found.runs
    assert found.mlflow_replicas == 3
    assert found.external == {"minio", "postgres"}
