"""How a secret of a stack becomes another: by a setting, by the stack, by whoever else has it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable

from accounts.account import provide
from cluster.kubectl import kubectl
from drills.backup_store import back_up_now
from drills.opening import WEBHOOK
from drills.stand import Stand
from front_door import pulumi
from infra.mlplatform import issuing
from smoke_tests.client import http_session
from smoke_tests.network import resolve
from toolchain.paths import ROOT
from toolchain.process import run

Change = Callable[[Stand], None]
USER = "alice"
IMPORTED = "imported"
"""A Secret with a certificate, whose owner is not the stack."""
_ELSEWHERE = issuing.make_authority("A drill's", ["local"])


def given(key: str) -> Change:
    """Gives a secret by its setting."""
    return lambda stand: stand.up(secret_values={key: secrets.token_hex(16)})


def drawn(resource: str) -> Change:
    """Lets the stack draw another."""

    def change(stand: Stand) -> None:
        name = stand.request.stack
        [urn] = [
            one["urn"]
            for one in pulumi.exported(name)["deployment"]["resources"]
            if one["urn"].endswith(f"::{resource}")
        ]
        taint = ["pulumi", "state", "taint", "--stack", name, "--yes", "--non-interactive", urn]
        run(taint, timeout=60, cwd=ROOT)
        stand.up()

    return change


def user(*, new_password: bool) -> Change:
    """Has a user, as `make user` does."""

    def change(stand: Stand) -> None:
        settings = stand.settings
        with resolve(settings.hosts, settings.ingress_address):
            provide(settings, USER, None, new_password=new_password)

    return change


def make_webhook(stand: Stand) -> None:
    """Give a webhook, which is never called, a secret."""
    settings = stand.settings
    webhook = {
        "name": WEBHOOK,
        "url": "https://1.1.1.1/",
        "secret": secrets.token_hex(16),
        "events": [{"entity": "REGISTERED_MODEL", "action": "CREATED"}],
        "status": "DISABLED",
    }
    with resolve(settings.hosts, settings.ingress_address):
        url = f"{settings.tracking_uri}/api/2.0/mlflow/webhooks"
        http_session(settings).post(url, json=webhook, timeout=20).raise_for_status()


def back_up_to_its_own_store(stand: Stand) -> None:
    """Let backups go where a key can be changed: to a store of others, as the stack sees it."""
    settings = stand.settings
    stand.up(
        {
            "backupSchedule": "0 3 1 1 *",
            "backupTo": f"s3://{settings.bucket}/backups",
            "backupEndpoint": "http://minio:9000",
        },
        {"backupAccessKey": settings.s3_access_key, "backupSecretKey": settings.s3_secret_key},
    )


def change_the_backups_key(stand: Stand) -> None:
    """Give the store another key, and the backups too, and make one."""
    key = secrets.token_hex(16)
    stand.up(secret_values={"s3SecretKey": key, "backupSecretKey": key})
    back_up_now(stand)


def import_certificate(stand: Stand) -> None:
    """Serve the stack with a certificate of somebody else's authority."""
    sign_another(stand)
    stand.up({"tls": "secret", "tlsSecret": IMPORTED})


def sign_another(stand: Stand) -> None:
    """Put another certificate into the Secret, as its owner does, past Pulumi."""
    hosts = sorted(stand.settings.hosts)
    made = issuing.issue(_ELSEWHERE, hosts)
    content = {"tls.crt": made.certificate, "tls.key": made.key, "ca.crt": _ELSEWHERE.certificate}
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": IMPORTED},
        "stringData": content,
    }
    kubectl(
        stand.namespace.context,
        f"--namespace={stand.namespace.name}",
        *("apply", "--server-side", "--filename=-"),
        stdin=json.dumps(manifest),
    )
