"""The pod that reads backups from a stack's volume."""

from __future__ import annotations

import copy
import json

import kubernetes_validate

from backup.fetch import _reader
from tests.infra.conftest import recorded


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
