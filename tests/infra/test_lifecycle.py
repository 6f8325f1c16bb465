"""What the switch `ephemeral` decides."""

import pytest

from mlplatform.existing import Claim, Existing
from mlplatform.recording import Declared
from mlplatform_server.waiting import FAILED_FOR_GOOD
from tests.infra.recorder import WORKLOADS, Recording, record

CLAIM = "PersistentVolumeClaim"
PARTS = ("postgres", "minio")


def test_an_ephemeral_stack_deletes_all_it_has(dev: Recording) -> None:
    assert not [one.name for one in dev.declared if one.retained]


def test_a_durable_stack_keeps_its_data_and_what_reads_it(durable: Recording) -> None:
    kept = sorted(
        (one.kind, one.object["metadata"]["name"]) for one in durable.objects if one.retained
    )
    assert [kind for kind, _ in kept] == ["Namespace", CLAIM, CLAIM, "Secret"]
    assert kept[-1][1] == "webhooks"


def test_what_webhooks_are_encrypted_with_outlives_the_state() -> None:
    found = record({"ephemeral": "false"}, existing=Existing(webhook_key="kept-from-before="))
    assert found.secret_values["webhooks"]["key"] == "kept-from-before="
    assert "kept-from-before" not in repr(Existing(webhook_key="kept-from-before="))


@pytest.mark.parametrize("ephemeral", ["true", "false"])
@pytest.mark.parametrize("part", PARTS)
def test_a_volume_that_is_there_is_used_under_its_name_and_class(part: str, ephemeral: str) -> None:
    kept = Claim(name="from-before", part=part, storage_class="its-own", size="2Gi")
    found = record({"ephemeral": ephemeral}, existing=Existing(claims=[kept]))
    claim = found.one(CLAIM, part)
    assert claim.object["metadata"]["name"] == "from-before"
    assert claim.object["spec"]["storageClassName"] == "its-own"
    assert claim.ignored == ("spec.storageClassName",)
    volumes = found.one("StatefulSet", part).pod["spec"]["volumes"]
    assert {"claimName": "from-before"} in [one.get("persistentVolumeClaim") for one in volumes]


def test_what_a_durable_stack_leaves_belongs_to_the_next_state_too(durable: Recording) -> None:
    taken_over = {
        "pulumi.com/patchForce": "true",
        "pulumi.com/patchFieldManager": "mlplatform",
    }.items()
    for one in durable.objects:
        assert (taken_over <= one.object["metadata"].get("annotations", {}).items()) == one.retained


@pytest.mark.parametrize("part", PARTS)
def test_a_new_volume_is_never_that_of_an_earlier_stack(dev: Recording, part: str) -> None:
    name = dev.one(CLAIM, part).object["metadata"]["name"]
    assert name == f"{part}-generated-for-{part}-server-data-suffix"


@pytest.mark.parametrize("part", PARTS)
def test_a_claim_waits_to_be_bound_and_its_pod_does_not_wait_for_it(
    dev: Recording, part: str
) -> None:
    claim = dev.one(CLAIM, part)
    waits_for = claim.object["metadata"]["annotations"]["pulumi.com/waitFor"]
    assert waits_for == "jsonpath={.status.phase}=Bound"
    assert claim.create_timeout == "25s"
    assert claim.urn not in dev.one("StatefulSet", part).dependencies


def test_claims_have_the_default_class_of_the_cluster(dev: Recording) -> None:
    assert not [
        "storageClassName"
        for claim in dev.of_kind(CLAIM)
        if "storageClassName" in claim.object["spec"]
    ]


def test_claims_have_the_class_that_was_chosen(own_cluster: Recording) -> None:
    for claim in own_cluster.of_kind(CLAIM):
        assert claim.object["spec"]["storageClassName"] == "fast"


@pytest.mark.parametrize("part", PARTS)
def test_another_pod_is_another_stateful_set(dev: Recording, part: str) -> None:
    server = dev.one("StatefulSet", part)
    assert server.replaced_on == ("spec.template",)
    assert server.deleted_before_replaced


def test_a_failed_job_is_made_anew_and_a_done_one_stays() -> None:
    jobs = record({"auth": "true"}).of_kind("Job")
    assert len(jobs) == 2
    for job in jobs:
        assert job.object["metadata"]["annotations"]["pulumi.com/replaceUnready"] == "true"
        assert job.object["spec"]["backoffLimit"] == 3
        assert "ttlSecondsAfterFinished" not in job.object["spec"]


def test_the_provider_waits_for_a_job_until_the_job_has_given_up(recording: Recording) -> None:
    job = recording.one("Job", "bucket")
    assert job.object["spec"]["activeDeadlineSeconds"] < int(job.create_timeout.removesuffix("s"))


def test_no_clock_ends_a_migration(recording: Recording) -> None:
    job = recording.one("Job", "migration")
    assert "activeDeadlineSeconds" not in job.object["spec"]
    assert "activeDeadlineSeconds" not in job.pod["spec"]
    assert job.create_timeout == "8760h"


@pytest.mark.parametrize("name", ["migration", "bucket"])
def test_a_job_that_failed_for_good_is_not_tried_again(dev: Recording, name: str) -> None:
    [rule] = dev.one("Job", name).object["spec"]["podFailurePolicy"]["rules"]
    assert rule["action"] == "FailJob"
    assert rule["onExitCodes"]["values"] == [FAILED_FOR_GOOD]


def test_ephemeral_pods_stop_fast_and_durable_ones_drain(
    dev: Recording, durable: Recording
) -> None:
    def grace(recording: Recording) -> dict[str, int]:
        return {
            one.object["metadata"]["name"]: one.pod["spec"]["terminationGracePeriodSeconds"]
            for one in recording.workloads
            if one.kind in ("StatefulSet", "Deployment")
        }

    assert grace(dev) == {"postgres": 10, "minio": 5, "mlflow-server": 10}
    assert grace(durable) == {"postgres": 60, "minio": 30, "mlflow-server": 45}


def test_servers_leave_the_ingress_before_they_stop_unless_quick_ends_were_asked_for() -> None:
    def server(replicas: str, ephemeral: str) -> Declared:
        recording = record({"replicas": replicas, "ephemeral": ephemeral})
        return recording.one("Deployment", "mlflow-server")

    quick = server("1", "true")
    assert "lifecycle" not in quick.container
    for leaving in (server("2", "true"), server("1", "false"), server("2", "false")):
        assert leaving.container["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}
    # They drain as long as a single one.
    grace = "terminationGracePeriodSeconds"
    assert server("2", "true").pod["spec"][grace] - quick.pod["spec"][grace] == 5


def test_a_new_version_is_ready_before_the_old_one_goes(recording: Recording) -> None:
    strategy = recording.one("Deployment", "mlflow-server").object["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_a_recovery_of_postgres_is_not_killed_while_it_lasts(owning: Recording) -> None:
    server = owning.one("StatefulSet", "postgres").container
    probe = server["startupProbe"]
    assert probe["failureThreshold"] * probe["periodSeconds"] >= 24 * 60 * 60
    # Which is an end of its own for a server that hangs: it asks for a port, not for an answer.
    assert server["livenessProbe"]["tcpSocket"]


def test_nothing_but_what_has_pods_waits_for_the_garbage_collector(owning: Recording) -> None:
    for one in owning.objects:
        if one.kind not in ("Namespace", "ConfigMap", "ServiceAccount"):
            at_once = _policy(one) == "background"
            assert at_once != (one.kind in WORKLOADS), one.name


def _policy(one: Declared) -> str | None:
    annotations = one.object["metadata"].get("annotations") or {}
    return annotations.get("pulumi.com/deletionPropagationPolicy")
