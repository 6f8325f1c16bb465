"""Backups that a stack makes of itself."""

import os
import subprocess
from pathlib import Path

import pytest

from mlplatform.changes import refuse
from mlplatform.existing import Claim, Existing
from mlplatform.problems import SettingsError
from mlplatform.settings import parse_settings
from tests.infra.conftest import recorded
from tests.infra.recorder import Recording, record

BACKUP = "backup"


@pytest.fixture(params=["backups", "backups-elsewhere"])
def stack(request: pytest.FixtureRequest) -> Recording:
    return recorded(request.param)


def test_a_stack_makes_no_backups_unless_told_so(dev: Recording) -> None:
    assert not dev.of_kind("CronJob")


def test_the_database_is_dumped_before_anything_is_copied(stack: Recording) -> None:
    job = stack.one("CronJob", BACKUP)
    dump, copy = job.containers
    assert dump["image"] == stack.one("StatefulSet", "postgres").container["image"]
    assert copy["image"] == stack.one("Deployment", "mlflow-server").container["image"]
    assert "database dump postgres" in dump["args"][0]
    assert job.environment["DUMP"] in dump["args"][0]
    assert {"name": "dump", "mountPath": "/dump"} in dump["volumeMounts"]
    assert {"name": "dump", "mountPath": "/dump"} in copy["volumeMounts"]


def test_the_dump_waits_until_its_pod_is_let_through_to_the_database(
    stack: Recording, tmp_path: Path
) -> None:
    programs = {
        "pg_isready": f"test -e {tmp_path}/asked || {{ touch {tmp_path}/asked; exit 2; }}",
        "database": f'test -e {tmp_path}/asked && echo "$@"',
    }
    directory = tmp_path / "bin"
    directory.mkdir()
    for name, script in programs.items():
        (directory / name).write_text(f"#!/bin/sh\n{script}\n")
        (directory / name).chmod(0o755)
    dump = stack.one("CronJob", BACKUP).containers[0]
    script = dump["args"][0].replace("/dump", str(tmp_path))
    path = f"{directory}:{os.environ['PATH']}"
    subprocess.run([*dump["command"], script], env={"PATH": path}, check=True, timeout=20)
    assert (tmp_path / "database").read_text().startswith("dump postgres\n")


@pytest.mark.parametrize("auth", ["true", "false"])
def test_users_are_dumped_where_there_are_some(auth: str) -> None:
    config = {"ephemeral": "false", "backupSchedule": "0 3 * * *", "auth": auth}
    (dump, _) = record(config).one("CronJob", BACKUP).containers
    told = "POSTGRES_AUTH_DB" in {variable["name"] for variable in dump["env"]}
    dumped = "database dump-users postgres >/dump/database.users" in dump["args"][0]
    assert (told, dumped) == (auth == "true", auth == "true")


def test_one_backup_runs_at_a_time(stack: Recording) -> None:
    spec = stack.one("CronJob", BACKUP).object["spec"]
    assert spec["schedule"] == "0 3 * * *"
    assert spec["timeZone"] == "Etc/UTC"
    assert spec["concurrencyPolicy"] == "Forbid"


def test_a_backup_reads_with_mlflows_own_key(stack: Recording) -> None:
    job, server = stack.one("CronJob", BACKUP), stack.one("Deployment", "mlflow-server")
    assert job.secrets_read["S3_ACCESS_KEY"] == server.secrets_read["AWS_ACCESS_KEY_ID"]
    assert job.secrets_read["S3_SECRET_KEY"] == server.secrets_read["AWS_SECRET_ACCESS_KEY"]


def test_backups_go_to_a_volume_that_stays() -> None:
    stack = recorded("backups")
    claim = stack.one("PersistentVolumeClaim", BACKUP)
    assert claim.retained
    job = stack.one("CronJob", BACKUP)
    named = {"claimName": claim.object["metadata"]["name"]}
    assert named in [volume.get("persistentVolumeClaim") for volume in job.pod["spec"]["volumes"]]
    assert {"name": "backups", "mountPath": job.environment["BACKUP_TO"]} in job.container[
        "volumeMounts"
    ]


def test_backups_go_to_a_store_with_its_own_key() -> None:
    stack = recorded("backups-elsewhere")
    job = stack.one("CronJob", BACKUP)
    assert job.environment["BACKUP_TO"] == "s3://backups/mlflow"
    assert job.environment["AWS_ENDPOINT_URL_S3"] == "https://s3.example.com"
    secret, key = job.secrets_read["AWS_SECRET_ACCESS_KEY"]
    assert stack.secret_values[secret][key] == "secret-of-the-backups"
    assert len(stack.of_kind("PersistentVolumeClaim")) == 2


def test_a_volume_with_backups_is_used_again_and_never_shrinks() -> None:
    there = Existing(
        claims=[Claim(name="backup-x", part=BACKUP, storage_class="standard", size="30Gi")]
    )
    config = {"ephemeral": "false", "backupSchedule": "0 3 * * *", "backupStorage": "30Gi"}
    claim = record(config, existing=there).one("PersistentVolumeClaim", BACKUP)
    assert claim.object["metadata"]["name"] == "backup-x"
    with pytest.raises(SettingsError, match="backupStorage"):
        refuse(parse_settings({**config, "backupStorage": "5Gi"}, "dev", {"minikube": True}), there)
    refuse(parse_settings({"ephemeral": "false"}, "dev", {"minikube": True}), there)
