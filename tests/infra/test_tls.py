"""How the public hosts are served, by the settings and by what the cluster has."""

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

import kubernetes_validate
import pytest

from mlplatform import changes, tls
from mlplatform.existing import Existing
from mlplatform.issuing import issue, make_authority
from mlplatform.names import is_private
from mlplatform.problems import SettingsError
from mlplatform.settings import parse_settings
from tests.infra.recorder import Recording, record

ROUTER = "traefik.ingress.kubernetes.io/router"
OURS = Existing(
    controllers={"traefik": "traefik.io/ingress-controller"},
    own_ingress_classes=frozenset({"traefik"}),
)
HOSTS = ["mlflow-server.local", "mlflow-minio.local"]


def way(
    config: Mapping[str, str], existing: Existing | None = None, *, minikube: bool = True
) -> str:
    settings = parse_settings(config, "dev", {"minikube": minikube})
    return tls.of(settings, existing or Existing()).way


def test_a_try_on_a_minikube_is_served_by_plain_http(dev: Recording) -> None:
    assert way({}) == "off"
    assert not [one for one in dev.of_kind("Ingress") if "tls" in one.object["spec"]]
    assert not [one for one in dev.declared if one.type.endswith((":Authority", ":Certificate"))]


def test_what_is_shared_has_a_certificate_by_the_best_that_there_is() -> None:
    has_cert_manager = Existing(offers=lambda api: api == "cert-manager.io/v1")
    for shared in ({"ephemeral": "false"}, {"domain": "ml.example.com"}):
        minikube = "ephemeral" in shared
        assert way(shared, minikube=minikube) == "own"
        assert way(shared, has_cert_manager, minikube=minikube) == "cert-manager"
    assert way({"tls": "own"}, has_cert_manager) == "own"
    assert way({"ephemeral": "false", "tls": "off"}, has_cert_manager) == "off"


def test_of_a_gateway_the_listener_has_the_certificate() -> None:
    gateway = {"gateway": "infra/public", "ephemeral": "false"}
    listens = Existing(listens_to_tls=lambda gateway: gateway == ("infra", "public"))
    assert way(gateway, listens) == "gateway"
    assert way(gateway) == "off"
    recording = record(gateway, existing=listens)
    assert recording.outputs["trackingUri"] == "https://mlflow-server.local"
    assert "tlsSecret" not in recording.outputs
    assert not recording.of_kind("Ingress")


def test_both_hosts_are_served_with_the_certificate_of_the_stacks_own_authority() -> None:
    recording = record({"tls": "own"}, existing=OURS)
    for one in recording.of_kind("Ingress"):
        host = one.object["spec"]["rules"][0]["host"]
        assert one.object["spec"]["tls"] == [{"hosts": [host], "secretName": "tls"}]
        annotations = one.object["metadata"]["annotations"]
        assert annotations[f"{ROUTER}.entrypoints"] == "web,websecure"
        assert annotations[f"{ROUTER}.middlewares"] == "to-https@file"
    secret = recording.secret_values["tls"]
    assert secret["tls.crt"] == "certificate of certificate-public"
    assert secret["ca.crt"] == "certificate of authority-key-pair"
    assert recording.outputs["trackingUri"] == "https://mlflow-server.local"
    assert recording.outputs["s3EndpointUrl"] == "https://mlflow-minio.local"
    [made] = [one for one in recording.declared if one.type.endswith(":ServerCertificate")]
    assert made.object["hosts"] == HOSTS
    assert {"key"} == set(made.secret_outputs)


def test_the_account_that_renews_may_write_one_secret_and_nothing_else() -> None:
    recording = record({"tls": "own"})
    [role] = recording.of_kind("Role")
    assert role.object["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["tls"], "verbs": ["patch"]}
    ]
    [account] = recording.of_kind("ServiceAccount")
    assert account.object["automountServiceAccountToken"] is False
    with_token = [
        one.object["metadata"]["name"]
        for one in recording.workloads
        if any("projected" in volume for volume in one.pod["spec"]["volumes"])
    ]
    assert with_token == ["certificate-renewal"]


def test_its_program_is_what_signs_here() -> None:
    [program] = [
        one
        for one in record({"tls": "own"}).of_kind("ConfigMap")
        if "renewal.py" in one.object["data"]
    ]
    for name, text in program.object["data"].items():
        compile(text, name, "exec")
    assert "mlplatform" not in program.object["data"]["issuing.py"].replace('"""', "")


def test_cert_manager_is_asked_for_one_and_knows_the_stacks_authority() -> None:
    recording = record({"tls": "cert-manager"}, existing=OURS)
    [issuer], [certificate] = recording.of_kind("Issuer"), recording.of_kind("Certificate")
    assert issuer.object["spec"] == {"ca": {"secretName": "authority"}}
    spec = certificate.object["spec"]
    assert spec["dnsNames"] == HOSTS
    reference = spec["issuerRef"]
    assert (reference["kind"], reference["name"]) == ("Issuer", issuer.object["metadata"]["name"])
    [served] = {one.object["spec"]["tls"][0]["secretName"] for one in recording.of_kind("Ingress")}
    assert served == spec["secretName"] == recording.outputs["tlsSecret"]
    assert not recording.of_kind("CronJob")


def test_cert_manager_is_told_by_the_issuers_name_that_the_authority_is_another() -> None:
    [issuer] = record({"tls": "cert-manager"}).of_kind("Issuer")
    assert re.fullmatch("authority-[0-9a-f]{16}", issuer.object["metadata"]["name"])


def test_an_issuer_of_the_cluster_needs_no_authority_of_the_stack() -> None:
    recording = record({"tls": "cert-manager", "tlsIssuer": "letsencrypt"})
    [certificate] = recording.of_kind("Certificate")
    reference = certificate.object["spec"]["issuerRef"]
    assert (reference["kind"], reference["name"]) == ("ClusterIssuer", "letsencrypt")
    assert not [one for one in recording.declared if one.type.endswith(":Authority")]


def annotations(config: Mapping[str, str], controller: str, *, ours: bool = False) -> Any:
    existing = Existing(
        controllers={"traefik": controller},
        own_ingress_classes=frozenset({"traefik"} if ours else ()),
    )
    recording = record({"tls": "own", **config}, existing=existing)
    return recording.one("Ingress", "mlflow-server").object["metadata"]["annotations"]


def test_each_controller_is_told_in_its_own_words() -> None:
    traefik = annotations({}, "traefik.io/ingress-controller")
    assert traefik[f"{ROUTER}.entrypoints"] == "websecure"
    assert f"{ROUTER}.middlewares" not in traefik
    nginx = annotations({}, "k8s.io/ingress-nginx")
    assert nginx["nginx.ingress.kubernetes.io/ssl-redirect"] == "true"
    served = annotations({"plainHttp": "serve"}, "k8s.io/ingress-nginx")
    assert served["nginx.ingress.kubernetes.io/ssl-redirect"] == "false"
    ours = annotations({"plainHttp": "serve"}, "traefik.io/ingress-controller", ours=True)
    assert ours[f"{ROUTER}.entrypoints"] == "web,websecure"
    assert f"{ROUTER}.middlewares" not in ours


def test_a_browser_is_told_to_stay_with_tls_only_where_the_name_is_public() -> None:
    public = {"domain": "ml.example.com"}
    controller = "traefik.io/ingress-controller"
    told = annotations(public, controller, ours=True)[f"{ROUTER}.middlewares"]
    assert told == "to-https@file,strict-transport-security@file"
    assert "nginx.org/hsts" in annotations(public, "nginx.org/ingress-controller")
    assert "nginx.org/hsts" not in annotations({}, "nginx.org/ingress-controller")


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("mlflow.local", True),
        ("mlflow", True),
        ("mlflow.corp.internal", True),
        ("mlflow.home.arpa", True),
        ("mlflow.example.com", False),
        ("local.example.com", False),
    ],
)
def test_a_private_name_is_told_by_its_end(host: str, private: bool) -> None:
    assert is_private(host) is private


def refusal(config: Mapping[str, str], existing: Existing) -> str:
    settings = parse_settings(config, "dev", {"minikube": True})
    with pytest.raises(SettingsError) as caught:
        changes.refuse(settings, existing)
    return str(caught.value)


def test_cert_manager_is_refused_where_there_is_none() -> None:
    assert "the cluster has no cert-manager.io/v1" in refusal({"tls": "cert-manager"}, Existing())


def named(certificate: str) -> Existing:
    content = {"tls.crt": certificate, "tls.key": "a key"}
    return Existing(named={("Secret", "mlflow-tls"): (content, "1")})


def test_a_certificate_that_no_client_would_take_is_refused() -> None:
    secret = {"tls": "secret", "tlsSecret": "mlflow-tls"}
    authority = make_authority("t", ["local", "127.0.0.1"])
    assert "is not for mlflow-minio.local" in refusal(
        secret, named(issue(authority, HOSTS[:1]).certificate)
    )
    expired = issue(authority, HOSTS, dt.timedelta(minutes=-10)).certificate
    assert "has expired on 20" in refusal(secret, named(expired))
    assert "is no certificate of a server" in refusal(secret, named("nonsense"))
    assert "without tls.key" in refusal(
        secret, Existing(named={("Secret", "mlflow-tls"): ({"tls.crt": "c"}, "1")})
    )
    settings = parse_settings(secret, "dev", {"minikube": True})
    for hosts in (HOSTS, ["*.local"]):
        changes.refuse(settings, named(issue(authority, hosts).certificate))


def test_the_servers_of_a_stack_talk_tls_where_that_is_asked_for() -> None:
    recording = record({"postgresTls": "true", "minioTls": "true", "minioPublished": "false"})
    secret = recording.secret_values["backend-store"]["uri"]
    assert secret.endswith("sslmode=verify-full&sslrootcert=%2Fetc%2Fmlplatform-authority%2Fca.crt")
    postgres = recording.one("StatefulSet", "postgres")
    assert "ssl=on" in postgres.container["args"]
    assert "hba_file=/etc/postgresql/pg_hba_tls.conf" in postgres.container["args"]
    [volume] = [one for one in postgres.pod["spec"]["volumes"] if one["name"] == "certificate"]
    assert volume["secret"]["defaultMode"] == 0o440
    minio = recording.one("StatefulSet", "minio").container
    assert minio["readinessProbe"]["httpGet"]["scheme"] == "HTTPS"
    server = recording.one("Deployment", "mlflow-server")
    assert server.environment["MLFLOW_S3_ENDPOINT_URL"] == "https://minio:9000"
    authority = "/etc/mlplatform-authority/ca.crt"
    assert server.environment["AWS_CA_BUNDLE"] == authority
    assert recording.one("Job", "bucket").environment["SSL_CERT_FILE"] == authority
    assert recording.outputs["storeCa"] == "certificate of authority-key-pair"
    for one in recording.objects:
        kubernetes_validate.validate(one.object, "1.35", strict=True)
        assert one.kind == "Secret" or "key of " not in json.dumps(one.inputs)


def test_what_a_company_trusts_is_not_what_the_stacks_own_store_is_checked_against() -> None:
    config = {"minioTls": "true", "minioPublished": "false", "caBundle": "company-ca"}
    variables = record(config).one("Deployment", "mlflow-server").container["env"]
    assert [one["value"] for one in variables if one["name"] == "AWS_CA_BUNDLE"] == [
        "/etc/mlplatform-authority/ca.crt"
    ]
    assert {"name": "REQUESTS_CA_BUNDLE", "value": "/etc/mlplatform/ca.crt"} in variables
