"""Every declared object against the Kubernetes schema and what all objects have in common."""

import json

import kubernetes_validate
import pytest

from tests.infra.recorder import Recording

KUBERNETES = "1.35"
SKIP_AWAIT = "pulumi.com/skipAwait"


_valid: set[str] = set()


def test_every_object_fits_the_schema_of_kubernetes(recording: Recording) -> None:
    for one in recording.objects:
        text = json.dumps(one.object, sort_keys=True)
        if text not in _valid:  # Validation reads the whole schema each time.
            kubernetes_validate.validate(one.object, KUBERNETES, strict=True)
            _valid.add(text)


def test_a_misspelled_field_does_not_fit_the_schema(dev: Recording) -> None:
    wrong = dev.one("Deployment", "mlflow-server").object
    wrong["spec"]["replicaz"] = 2
    with pytest.raises(kubernetes_validate.ValidationError, match="replicaz"):
        kubernetes_validate.validate(wrong, KUBERNETES, strict=True)


def test_the_namespace_enforces_the_restricted_standard(recording: Recording) -> None:
    (namespace,) = recording.of_kind("Namespace")
    labels = namespace.object["metadata"]["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == f"v{KUBERNETES}"


def test_every_pod_keeps_the_last_lines_of_a_container_that_fails(recording: Recording) -> None:
    for one in recording.workloads:
        for container in one.containers:
            assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_no_pod_has_variables_of_services(recording: Recording) -> None:
    for one in recording.workloads:
        assert one.pod["spec"]["enableServiceLinks"] is False


def test_every_mount_has_its_volume(recording: Recording) -> None:
    for one in recording.workloads:
        volumes = {volume["name"] for volume in one.pod["spec"]["volumes"]}
        mounts = [mount for container in one.containers for mount in container["volumeMounts"]]
        assert {mount["name"] for mount in mounts} == volumes


def test_every_server_is_probed_and_found_alive_without_its_dependencies(
    recording: Recording,
) -> None:
    for one in recording.workloads:
        if one.kind.endswith("Job"):
            continue
        alive = one.container["livenessProbe"]
        assert one.container["startupProbe"]["periodSeconds"] == 1
        assert one.container["readinessProbe"] != alive
        assert "exec" not in alive
        assert "experiments" not in json.dumps(alive)


def test_every_image_is_pulled_only_when_absent(recording: Recording) -> None:
    for one in recording.workloads:
        for container in one.containers:
            assert container["imagePullPolicy"] == "IfNotPresent"


def test_every_object_carries_the_labels_of_its_stack(recording: Recording) -> None:
    for one in recording.objects:
        labels = one.object["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"]
        assert labels["app.kubernetes.io/instance"] == recording.stack
        assert labels["app.kubernetes.io/part-of"] == "mlplatform"
        assert labels["app.kubernetes.io/managed-by"] == "pulumi"


def test_every_object_is_in_the_namespace_of_its_stack(recording: Recording) -> None:
    for one in recording.objects:
        if one.kind != "Namespace":
            assert one.object["metadata"]["namespace"] == f"mlplatform-{recording.stack}"


def test_objects_of_a_kind_have_names_of_their_own(recording: Recording) -> None:
    names = [
        (one.kind, one.object["metadata"]["name"])
        for one in recording.objects
        if "name" in one.object["metadata"]
    ]
    assert len(names) == len(set(names))


def test_only_what_is_slow_to_say_that_it_is_there_is_not_waited_for(recording: Recording) -> None:
    for one in recording.objects:
        annotations = one.object["metadata"].get("annotations", {})
        # Its first pod comes with the schedule, and its volume may come with the first pod.
        of_backups = (one.kind, one.name) == ("PersistentVolumeClaim", "backup-data")
        # MLflow waits for the Jobs of an ephemeral stack, which have no end in themselves.
        of_ephemeral = one.kind == "Job" and recording.outputs["ephemeral"]
        expected = one.kind in {"Service", "Ingress"} or of_backups or of_ephemeral
        assert (annotations.get(SKIP_AWAIT) == "true") == expected


def test_every_workload_but_the_migration_is_given_up_in_time_pods_one_after_the_other(
    recording: Recording,
) -> None:
    for one in recording.workloads:
        if one.kind == "CronJob" or one.name == "migration-job" or one.name.startswith("model-"):
            continue  # Nothing waits for the first and last, and no clock may end the second.
        pull = 0 if one.container["image"].startswith("localhost/") else 150
        rollout = 25 * (one.object["spec"].get("replicas", 1) - 1)
        assert pull < int(one.create_timeout.removesuffix("s")) - rollout <= pull + 45


def test_an_image_that_has_to_be_pulled_is_given_the_time() -> None:
    from mlplatform.timeouts import timeouts

    assert timeouts(25, "localhost/mlplatform/postgres:17").create == "25s"
    assert timeouts(25, "registry.example.com/postgres:17").create == "175s"
