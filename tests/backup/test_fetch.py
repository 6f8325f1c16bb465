"""The pod that reads backups from a stack's volume."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest

from backup.fetch import _extract, _reader
from smoke_tests.namespace import Namespace
from tests.infra.conftest import recorded
from toolchain.process import Failed


def test_the_pod_mounts_the_volume_and_has_no_secret_and_no_way_to_the_api() -> None:
    job = copy.deepcopy(recorded("backups").one("CronJob", "backup").object)
    pod = _reader(job)
    kubernetes_validate.validate(pod, "1.35", strict=True)
    assert "secretKeyRef" not in json.dumps(pod)
    assert "initContainers" not in pod["spec"]
    assert pod["spec"]["automountServiceAccountToken"] is False
    (container,) = pod["spec"]["containers"]
    assert {"name": "backups", "mountPath": "/backups"} in container["volumeMounts"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize("ending", ["", "| head --bytes=1500", "; exit 1"])
def test_a_backup_comes_whole_or_not_at_all(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, to = tmp_path / "source", tmp_path / "new/to"
    source.mkdir()
    (source / "manifest.json").write_text("{}" * 1000)
    sent = subprocess.run(
        ["tar", "--create", f"--directory={source}", "."], check=True, capture_output=True
    ).stdout
    (tmp_path / "sent.tar").write_bytes(sent)
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f"#!/bin/sh\ncat {tmp_path}/sent.tar {ending}\n")
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    namespace = Namespace("minikube", "mlplatform-dev")
    if ending:
        with pytest.raises(Failed, match="it ended early"):
            _extract(namespace, "/backups/now", to)
        return
    _extract(namespace, "/backups/now", to)
    assert (to / "manifest.json").read_text() == "{}" * 1000
