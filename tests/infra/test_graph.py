"""How the declared objects hang together."""

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from images.names import needed
from mlplatform.clashes import NotOurs
from mlplatform.existing import Existing
from tests.infra.recorder import Recording, image_names, record

JOBS = ("bucket", "migration")


def test_every_resource_belongs_to_a_component_of_the_stack(recording: Recording) -> None:
    components = {one.urn for one in recording.declared if not one.custom}
    for one in recording.declared:
        if one.custom and not one.type.startswith("pulumi:providers:"):
            assert one.parent in components, one.name


def test_every_object_goes_to_the_chosen_context(recording: Recording) -> None:
    (cluster,) = [one for one in recording.declared if one.type == "pulumi:providers:kubernetes"]
    assert cluster.inputs["context"] == recording.outputs["context"] == "minikube"
    assert cluster.ignored == ("context",)
    for one in recording.objects:
        assert one.provider.startswith(f"{cluster.urn}::"), one.name


def test_names_of_resources_begin_with_those_of_their_components(recording: Recording) -> None:
    for one in recording.declared:
        parent = one.parent.rpartition("::")[2]
        assert parent == f"mlplatform-{recording.stack}" or one.name.startswith(f"{parent}-")


def test_selectors_find_the_pods_of_their_own_part_only(owning: Recording) -> None:
    selecting = [one for one in owning.objects if "selector" in one.object.get("spec", {})]
    kinds = {one.kind for one in selecting}
    assert kinds >= {"Service", "StatefulSet", "Deployment"}
    parts = {one.object["metadata"]["name"] for one in selecting}
    more = len(parts & {"exporter"}) + 2 * len(parts & {"prometheus"})
    assert len(selecting) == (7 if "PodDisruptionBudget" in kinds else 6) + more
    for one in selecting:
        selector = one.object["spec"]["selector"]
        wanted = selector.get("matchLabels", selector).items()
        found = [
            workload.object["metadata"]["name"]
            for workload in owning.workloads
            if wanted <= workload.pod["metadata"]["labels"].items()
        ]
        assert found == [one.object["metadata"]["labels"]["app.kubernetes.io/name"]]


def test_service_ports_lead_to_ports_of_their_pods(recording: Recording) -> None:
    for service in recording.of_kind("Service"):
        part = service.object["metadata"]["name"]
        kind = "StatefulSet" if part in ("postgres", "minio", "prometheus") else "Deployment"
        open_ports = {port["name"] for port in recording.one(kind, part).container["ports"]}
        assert {port["targetPort"] for port in service.object["spec"]["ports"]} <= open_ports


def test_volumes_of_a_pod_have_names_of_their_own(recording: Recording) -> None:
    for one in recording.workloads:
        names = [volume["name"] for volume in one.pod["spec"].get("volumes", ())]
        assert len(names) == len(set(names)), (one.name, names)


def test_probes_ask_at_ports_of_their_container(recording: Recording) -> None:
    for one in recording.workloads:
        names = {port["name"] for port in one.container.get("ports", [])}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            for question in ("httpGet", "tcpSocket"):
                asked = one.container.get(probe, {}).get(question)
                assert asked is None or asked["port"] in names


def test_each_host_leads_to_a_port_of_a_service(owning: Recording) -> None:
    ports = {
        (service.object["metadata"]["name"], port["name"]): port["port"]
        for service in owning.of_kind("Service")
        for port in service.object["spec"]["ports"]
    }
    reached = {}
    for ingress in owning.of_kind("Ingress"):
        assert ingress.object["spec"]["ingressClassName"] == owning.outputs["ingressClass"]
        (rule,) = ingress.object["spec"]["rules"]
        (path,) = rule["http"]["paths"]
        assert (path["path"], path["pathType"]) == ("/", "Prefix")
        backend = path["backend"]["service"]
        reached[rule["host"]] = ports[backend["name"], backend["port"]["name"]]
    known = {"mlflowHost": 5000, "minioHost": 9000, "prometheusUrl": 9090}
    assert reached == {
        owning.outputs[name].rpartition("/")[2]: port
        for name, port in known.items()
        if name in owning.outputs
    }


def test_a_durable_mlflow_starts_after_schema_and_bucket() -> None:
    durable = record({"ephemeral": "false"})
    deployment = durable.one("Deployment", "mlflow-server")
    for part in JOBS:
        assert durable.one("Job", part).urn in deployment.dependencies


def test_an_ephemeral_mlflow_starts_beside_the_jobs_it_waits_for(dev: Recording) -> None:
    deployment = dev.one("Deployment", "mlflow-server")
    jobs = {dev.one("Job", part).urn for part in JOBS}
    assert not jobs & deployment.dependencies
    assert deployment.environment["MLPLATFORM_AWAITED_BUCKET"] == "mlflow"


@pytest.mark.parametrize("part", JOBS)
def test_nothing_but_mlflow_waits_for_the_jobs_of_an_ephemeral_stack(
    dev: Recording, part: str
) -> None:
    assert _is_awaited(record({"ephemeral": "false"}), part)
    assert not _is_awaited(dev, part)


ROOT = "mlflow-artifacts:/"


@pytest.mark.parametrize(
    ("config", "existing", "by_server"),
    [
        ({}, Existing(), True),
        ({"auth": "true"}, Existing(), False),
        ({"ephemeral": "false"}, Existing(), False),
        ({"externalPostgres": "db.example", "externalPostgresTls": "require"}, Existing(), False),
        ({}, Existing(kept_for="localhost/mlplatform/mlflow:another"), False),
    ],
)
def test_servers_migrate_an_empty_database_of_their_own_and_no_other(
    config: dict[str, str], existing: Existing, by_server: bool
) -> None:
    recording = record(config, existing=existing)
    job, server = recording.one("Job", "migration"), recording.one("Deployment", "mlflow-server")
    assert job.object["spec"].get("suspend", False) is by_server
    # Waiting, it would be made anew by every update.
    made_anew = "pulumi.com/replaceUnready" in job.object["metadata"].get("annotations", {})
    assert made_anew is not by_server
    assert server.environment.get("MLPLATFORM_ARTIFACT_ROOT") == (ROOT if by_server else None)
    assert job.environment["MLPLATFORM_ARTIFACT_ROOT"] == ROOT


def _is_awaited(recording: Recording, part: str) -> bool:
    annotations = recording.one("Job", part).object["metadata"]["annotations"]
    return "pulumi.com/skipAwait" not in annotations


@pytest.mark.parametrize("part", JOBS)
def test_jobs_start_beside_the_servers_they_wait_for(dev: Recording, part: str) -> None:
    servers = {one.urn for one in dev.of_kind("StatefulSet")}
    assert not servers & dev.one("Job", part).dependencies


def test_the_two_sides_of_the_stack_do_not_wait_for_each_other(dev: Recording) -> None:
    for one in dev.objects:
        sides = {side for side in ("postgres", "minio") if f"::{side}" in str(one.dependencies)}
        if one.kind != "Deployment":
            assert len(sides) <= 1, one.name


def test_no_pod_looks_for_the_database_before_its_service_exists(owning: Recording) -> None:
    service = owning.one("Service", "postgres").urn
    for one in owning.workloads:
        if "backend-store" in {secret for secret, _ in one.secrets_read.values()}:
            assert service in one.dependencies, one.name


@pytest.mark.parametrize("part", ["postgres", "minio"])
def test_a_client_that_waits_reaches_its_server_before_the_probe_does(
    dev: Recording, part: str
) -> None:
    assert dev.one("Service", part).object["spec"]["publishNotReadyAddresses"] is True


def test_the_workloads_of_an_ephemeral_stack_are_deleted_in_one_wave(dev: Recording) -> None:
    """Pulumi deletes by the length of the longest chain of dependencies, the longest first."""
    dependencies = {one.urn: one.dependencies for one in dev.objects}

    def length(urn: str) -> int:
        return 1 + max((length(one) for one in dependencies[urn] & {*dependencies}), default=0)

    assert len({length(one.urn) for one in dev.workloads}) == 1


def test_the_database_uri_leads_to_the_service_with_the_password(owning: Recording) -> None:
    uri = urlsplit(owning.secret_values["backend-store"]["uri"])
    service = owning.one("Service", "postgres").object
    assert uri.scheme == "postgresql+psycopg2"
    assert uri.hostname == service["metadata"]["name"]
    assert uri.port == service["spec"]["ports"][0]["port"]
    assert uri.password is not None
    assert unquote(uri.password) == owning.secret_values["postgres"]["password"]


def test_a_connection_to_a_server_that_is_gone_ends_within_10_seconds(dev: Recording) -> None:
    import psycopg2.extensions

    uri = dev.secret_values["backend-store"]["uri"].replace("+psycopg2", "")
    libpq = {name: int(value) for name, value in parse_qsl(urlsplit(uri).query)}
    # libpq itself reads them: a name that it does not know is an error.
    assert (
        libpq.items()
        <= {
            name: int(value)
            for name, value in psycopg2.extensions.parse_dsn(uri).items()
            if value.isdigit()
        }.items()
    )
    silence_s = libpq["keepalives_idle"] + (
        libpq["keepalives_interval"] * libpq["keepalives_count"]
    )
    assert libpq["connect_timeout"] + max(silence_s, libpq["tcp_user_timeout"] / 1000) <= 10


def test_the_user_and_database_of_the_uri_are_those_that_postgres_makes(dev: Recording) -> None:
    made = dev.one("StatefulSet", "postgres").environment
    uri = urlsplit(dev.secret_values["backend-store"]["uri"])
    assert (uri.username, uri.path) == (made["POSTGRES_USER"], f"/{made['POSTGRES_DB']}")


def test_secret_references_name_secrets_and_keys_that_exist(owning: Recording) -> None:
    for one in owning.workloads:
        mounted = [volume for volume in one.pod["spec"]["volumes"] if "secret" in volume]
        assert one.secrets_read or mounted
        for volume in mounted:
            assert volume["secret"]["secretName"] in owning.secret_values
        for secret, key in one.secrets_read.values():
            assert key in owning.secret_values[secret]


READERS = {
    "postgresPassword": {"postgres", "migration", "mlflow-server"},
    "minioRootPassword": {"minio", "bucket"},
    "s3SecretKey": {"bucket", "mlflow-server"},
}


@pytest.mark.parametrize("key", READERS)
def test_pods_are_replaced_when_a_secret_they_read_changes(key: str) -> None:
    def annotations(value: str) -> dict[str, dict[str, str]]:
        return {
            one.object["metadata"]["labels"]["app.kubernetes.io/name"]: one.pod["metadata"][
                "annotations"
            ]
            for one in record({key: value}).workloads
        }

    before, same, after = map(annotations, ("first-password", "first-password", "second-password"))
    assert before == same
    assert {part for part in before if before[part] != after[part]} == READERS[key]


def test_claims_are_used_by_the_servers_they_are_for(owning: Recording) -> None:
    for part in ("postgres", "minio"):
        pod = owning.one("StatefulSet", part).pod
        claim = owning.one("PersistentVolumeClaim", part)
        (volume,) = [one for one in pod["spec"]["volumes"] if "persistentVolumeClaim" in one]
        assert volume["persistentVolumeClaim"]["claimName"] == claim.object["metadata"]["name"]


def test_images_come_from_the_settings_or_from_what_was_built() -> None:
    chosen = "registry.example.com/minio@sha256:" + "0" * 64
    recording = record({"minioImage": chosen})
    used = {one.container["image"] for one in recording.workloads}
    built = image_names("localhost/mlplatform")
    assert used == {built["postgres"], built["mlflow"], chosen}


def test_images_that_were_built_come_from_the_registry_of_the_settings(
    own_cluster: Recording,
) -> None:
    used = {one.container["image"] for one in own_cluster.workloads}
    images = image_names("registry.example.com/ml")
    assert used == {images[name] for name in needed()}


def test_a_preview_works_before_anything_exists(preview: Recording) -> None:
    assert {one.kind for one in preview.objects} == {
        "Namespace",
        "Secret",
        "Service",
        "PersistentVolumeClaim",
        "StatefulSet",
        "Job",
        "Deployment",
        "Ingress",
        "NetworkPolicy",
    }
    assert preview.outputs["trackingUri"] == "http://mlflow-server.local"


def test_the_number_of_resources_stays_small(recording: Recording) -> None:
    # What reads metrics has an account, rights, and a way to each part.
    most = 100 if "monitoring" in recording.outputs else 80
    assert len(recording.declared) <= most


def test_a_stack_has_the_outputs_that_clients_need(dev: Recording) -> None:
    assert dev.outputs == {
        "trackingUri": "http://mlflow-server.local",
        "s3EndpointUrl": "http://mlflow-minio.local",
        "mlflowHost": "mlflow-server.local",
        "minioHost": "mlflow-minio.local",
        "namespace": "mlplatform-dev",
        "context": "minikube",
        "bucket": "mlflow",
        "artifacts": "proxied",
        "ephemeral": True,
        "ingressClass": "traefik",
        "mlflowFeatures": "none",
        "s3AccessKey": "Generated-for-credentials-s3-access-key",
        "s3SecretKey": "Generated-for-credentials-s3-secret-key",
    }


def test_a_stack_that_expires_says_when_in_its_outputs_and_on_its_namespace() -> None:
    recording = record({"expiresAt": "2030-12-31T23:59:59Z"})
    annotations = recording.one("Namespace", "namespace").inputs["metadata"]["annotations"]
    assert annotations["mlplatform/expires-at"] == "2030-12-31T23:59:59Z"
    assert recording.outputs["expiresAt"] == "2030-12-31T23:59:59Z"


def test_a_namespace_bears_an_owner_that_no_other_stack_has(dev: Recording) -> None:
    annotations = dev.one("Namespace", "namespace").inputs["metadata"]["annotations"]
    assert annotations["mlplatform/owner"] == "Generated-for-namespace-owner"


def test_a_namespace_says_how_its_artifacts_travel(recording: Recording) -> None:
    annotations = recording.one("Namespace", "namespace").inputs["metadata"]["annotations"]
    assert annotations["mlplatform/artifacts"] == recording.outputs["artifacts"]


def test_nothing_is_declared_in_a_namespace_of_another_state() -> None:
    existing = Existing(owners={"mlplatform-dev": "another state's"}, runs=True)
    with pytest.raises(NotOurs):
        record(existing=existing)


def test_urls_are_signed_for_the_host_that_clients_reach() -> None:
    deployment = record({"artifacts": "presigned"}).one("Deployment", "mlflow-server")
    assert deployment.environment["MLPLATFORM_S3_PUBLIC_URL"] == "http://mlflow-minio.local"
    assert deployment.environment["MLFLOW_S3_ENDPOINT_URL"] == "http://minio:9000"


@pytest.mark.parametrize("artifacts", ["proxied", "direct"])
def test_other_modes_sign_no_urls(artifacts: str) -> None:
    deployment = record({"artifacts": artifacts}).one("Deployment", "mlflow-server")
    assert "MLPLATFORM_S3_PUBLIC_URL" not in deployment.environment
    assert deployment.environment["MLFLOW_S3_ENDPOINT_URL"] == "http://minio:9000"
