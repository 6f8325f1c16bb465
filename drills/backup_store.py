"""Backups that are kept in another S3 store: by hand, and by the stack itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cluster.kubectl import get, kubectl
from drills.backup import compared
from drills.content import snapshot
from drills.row import Row
from drills.stand import Stand, deployed
from drills.unexposed import forwarded
from front_door import backup
from front_door.request import Request
from smoke_tests.client import environment
from smoke_tests.network import resolve
from smoke_tests.store import keys, s3_client
from smoke_tests.wait import wait_until

_JOB = "backup-now"
_JOB_TIMEOUT_S = 180
_SCHEDULED = "scheduled"


def run(request: Request) -> Iterator[Row]:
    """Keep backups of a stack in another one's store, and fill new stacks with them."""
    with deployed(request, "vault") as vault, _store(vault) as bucket:
        by_hand = f"s3://{bucket}/by-hand"
        with deployed(request, "saved") as stand:
            stand.seed("small")
            before = snapshot(stand)
            backup.save(stand.request, by_hand)
            newest = _by_the_stack_itself(stand, vault)
        backups = {"by hand": by_hand, "by the stack's CronJob": newest}
        for made, source in backups.items():
            backup.check(source)
            with deployed(request, "restored") as new:
                backup.restore(new.request, source)
                yield compared(f"made {made} in an S3 store, restored", new, before)


@contextmanager
def _store(vault: Stand) -> Iterator[str]:
    """Let this process's S3 clients reach the stack's store; gives the name of its bucket."""
    settings = vault.settings
    with (
        forwarded(vault, "service/minio:s3") as port,
        environment(_key(vault, f"http://127.0.0.1:{port}"), settings.hosts),
    ):
        yield settings.bucket


def _key(vault: Stand, endpoint_url: str) -> Mapping[str, str]:
    settings = vault.settings
    return {
        "AWS_ENDPOINT_URL_S3": endpoint_url,
        "AWS_ACCESS_KEY_ID": settings.s3_access_key,
        "AWS_SECRET_ACCESS_KEY": settings.s3_secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def _by_the_stack_itself(stand: Stand, vault: Stand) -> str:
    """Let the stack's CronJob make a backup now, and say where that is."""
    settings = vault.settings
    stand.up(
        {
            "backupSchedule": "0 3 * * *",
            "backupTo": f"s3://{settings.bucket}/{_SCHEDULED}",
            "backupEndpoint": f"http://minio.{vault.namespace.name}.svc:9000",
        },
        {"backupAccessKey": settings.s3_access_key, "backupSecretKey": settings.s3_secret_key},
    )
    back_up_now(stand)
    with resolve(settings.hosts, settings.ingress_address):
        found = keys(s3_client(settings), settings.bucket, _SCHEDULED)
    [manifest] = [key for key in found if key.endswith("/manifest.json")]
    return f"s3://{settings.bucket}/{manifest.removesuffix('/manifest.json')}"


def back_up_now(stand: Stand) -> None:
    """Let the stack's CronJob make a backup, and wait for it."""
    context, namespace = stand.namespace.context, f"--namespace={stand.namespace.name}"
    kubectl(context, namespace, "create", "job", _JOB, "--from=cronjob/backup")

    def done() -> bool:
        (job,) = get(context, "job", _JOB, namespace)
        return bool(job["status"].get("succeeded"))

    wait_until(done, timeout_s=_JOB_TIMEOUT_S, describe=f"Job {_JOB} has made a backup")
