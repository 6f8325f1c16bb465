"""Another MLflow on a stack that holds data."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mlplatform import quiesced, upgrades
from mlplatform.existing import Existing, read
from mlplatform.problems import SettingsError
from mlplatform.quiesced import NotStopped, QuiescedProvider
from mlplatform.settings import parse_settings
from tests.infra.recorder import Recording, record

OLD, NEW = "localhost/mlplatform/mlflow:3.14.0-0a", "localhost/mlplatform/mlflow:3.17.2-0b"
DURABLE = {"ephemeral": "false"}
JOBS = ("bucket", "migration")


def ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


def refused(existing: Existing, image: str = NEW, config: dict[str, str] = DURABLE) -> str | None:
    try:
        upgrades.refuse(parse_settings(config, "pr-1", {"minikube": True}), existing, image)
    except SettingsError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("existing", "config", "is_refused"),
    [
        (Existing(mlflow_image=OLD), DURABLE, True),
        (Existing(mlflow_image=OLD, backed_up_at=ago(25)), DURABLE, True),
        (Existing(mlflow_image=OLD, backed_up_at=ago(23)), DURABLE, False),
        (Existing(mlflow_image=OLD), {}, False),
        (Existing(mlflow_image=OLD, durable=True), {}, True),
        (Existing(kept_for=OLD, durable=True), DURABLE, True),
        (
            Existing(mlflow_image=OLD, kept_for=NEW, durable=True, backed_up_at=ago(1)),
            DURABLE,
            False,
        ),
        (Existing(mlflow_image=NEW), DURABLE, False),
        (Existing(), DURABLE, False),
    ],
)
def test_kept_data_is_migrated_with_a_backup_of_today_only(
    existing: Existing, config: dict[str, str], is_refused: bool
) -> None:
    assert (refused(existing, config=config) is not None) == is_refused


def test_the_refusal_says_what_to_do_and_that_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refused(Existing(mlflow_image=OLD))
    assert told is not None
    assert "make backup STACK=pr-1" in told
    assert "WITHOUT_BACKUP=yes make up STACK=pr-1" in told
    monkeypatch.setenv("WITHOUT_BACKUP", "yes")
    assert refused(Existing(mlflow_image=OLD)) is None


def test_an_older_mlflow_is_refused_even_with_a_backup() -> None:
    told = refused(Existing(mlflow_image=NEW, backed_up_at=ago(1)), OLD)
    assert told is not None
    assert "cannot read its schema" in told


def test_what_the_cluster_says_of_images_and_backups_is_read() -> None:
    namespace = {
        "kind": "Namespace",
        "metadata": {
            "name": "mlplatform-pr-1",
            "annotations": {
                "mlplatform/backed-up": "2026-11-25T10:00:00Z",
                "mlplatform/mlflow-image": NEW,
            },
        },
    }
    cron_job = {
        "kind": "CronJob",
        "metadata": {"name": "backup"},
        "status": {"lastSuccessfulTime": "2026-11-25T11:00:00Z"},
    }
    deployment: dict[str, Any] = {
        "kind": "Deployment",
        "metadata": {"name": "mlflow-server"},
        "spec": {"template": {"spec": {"containers": [{"image": OLD}]}}},
    }

    def found(*objects: dict[str, Any]) -> Existing:
        return read("mlplatform-pr-1", objects, [], lambda _: False)

    assert found().mlflow_image is None
    assert found(deployment).mlflow_image == OLD
    assert not found(deployment).was_upgraded
    deployment["metadata"] |= {"annotations": {"mlplatform/quiesced-times": "1"}}
    assert found(deployment).was_upgraded
    assert found(namespace).kept_for == NEW
    assert found(namespace).backed_up_at == datetime(2026, 11, 25, 10, tzinfo=UTC)
    assert found(namespace, cron_job).backed_up_at == datetime(2026, 11, 25, 11, tzinfo=UTC)


@pytest.mark.parametrize("config", [{}, DURABLE])
def test_an_upgrade_goes_one_step_after_the_other(config: dict[str, str]) -> None:
    upgrade = record(config, existing=Existing(mlflow_image=OLD, backed_up_at=ago(1)))
    [stopped] = [one for one in upgrade.declared if one.type.endswith(":Quiesced")]
    bucket, migration = upgrade.one("Job", "bucket"), upgrade.one("Job", "migration")
    assert bucket.urn in stopped.dependencies
    assert stopped.urn in migration.dependencies
    assert migration.urn in upgrade.one("Deployment", "mlflow-server").dependencies
    assert migration.environment["MLPLATFORM_PREVIOUS_IMAGE"] == OLD
    assert _ways_to_wait(upgrade) == {True}


def test_an_ephemeral_stack_waits_as_its_last_upgrade_did() -> None:
    """Otherwise the update after an upgrade would change Jobs and servers again."""
    as_it_is = {"mlflowImage": NEW}
    assert _ways_to_wait(record(as_it_is, existing=Existing(mlflow_image=NEW))) == {False}
    upgraded = Existing(mlflow_image=NEW, was_upgraded=True)
    assert _ways_to_wait(record(as_it_is, existing=upgraded)) == {True}


def _ways_to_wait(recorded: Recording) -> set[bool]:
    """Whether Pulumi waits, of each Job; whether MLflow leaves that to it."""
    jobs = [recorded.one("Job", part).object["metadata"]["annotations"] for part in JOBS]
    server = recorded.one("Deployment", "mlflow-server")
    return {
        *("pulumi.com/skipAwait" not in annotations for annotations in jobs),
        "MLPLATFORM_AWAITED_BUCKET" not in server.environment,
    }


class Cluster:
    """Answers what `kubectl` is asked."""

    def __init__(self, pods: Sequence[str]) -> None:
        self.pods = list(pods)
        self.replicas = "2"
        self.scaled: list[str] = []

    def answer(self, _props: dict[str, Any], verb: str, what: str, *options: str) -> str:
        if verb == "scale":
            self.scaled.append(options[0])
        if what == "pods":
            return self.pods.pop(0)
        return self.replicas


def props(image: str, running_image: str) -> dict[str, Any]:
    return {"stack": "pr-1", "image": image, "running_image": running_image, "times": 0}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    cluster = Cluster(["pod/a\npod/b", "pod/b", ""])
    monkeypatch.setattr(quiesced, "_kubectl", cluster.answer)
    monkeypatch.setattr(quiesced, "_POLL_S", 0)
    return cluster


def test_servers_of_another_image_are_stopped_and_waited_for(cluster: Cluster) -> None:
    updated = QuiescedProvider().update("id", props(OLD, ""), props(NEW, OLD)).outs
    assert cluster.scaled == ["--replicas=0"]
    assert not cluster.pods
    assert updated is not None
    assert (updated["previous_image"], updated["times"]) == (OLD, 1)


@pytest.mark.parametrize("running", ["", NEW])
def test_nothing_is_asked_where_no_other_image_runs(cluster: Cluster, running: str) -> None:
    created = QuiescedProvider().create(props(NEW, running))
    assert (cluster.scaled, len(cluster.pods)) == ([], 3)
    assert created.outs is not None
    assert created.outs["times"] == 0


def test_servers_that_do_not_stop_are_started_again(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quiesced, "_STOP_TIMEOUT_S", -1)
    with pytest.raises(NotStopped, match="pod/a, pod/b did not stop"):
        QuiescedProvider().update("id", props(OLD, ""), props(NEW, OLD))
    assert cluster.scaled == ["--replicas=0", "--replicas=2"]


def test_going_back_is_a_change_though_the_deployment_is_as_it_was() -> None:
    provider = QuiescedProvider()
    forward, back = props(NEW, OLD), props(OLD, OLD)
    assert provider.diff("id", forward, back).changes
    assert not provider.diff("id", forward, props(NEW, NEW)).changes
