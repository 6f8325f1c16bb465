"""Every secret is changed under load: the old one opens nothing, and nothing is lost."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from botocore.exceptions import ClientError

from cluster.kubectl import get
from drills.in_force import decoded
from drills.load import answers, load
from drills.row import Row
from drills.stand import Stand, deployed
from front_door import pulumi
from front_door.request import Request
from smoke_tests.client import http_session
from smoke_tests.network import resolve
from smoke_tests.store import s3_client
from smoke_tests.wait import wait_until
from toolchain.paths import ROOT
from toolchain.process import Failed
from toolchain.process import run as run_program

WRITERS, PER_SECOND = 4, 20
STEADY_S, STEADY_TIMEOUT_S = 5, 120
# A new access key leaves the one before valid for five minutes; a login is remembered for 30 s.
CLOSED_TIMEOUT_S = 420
_PSQL = (
    'read -r PGPASSWORD; export PGPASSWORD; exec psql -h 127.0.0.1 -U "$POSTGRES_USER" '
    '-d "$POSTGRES_DB" --no-psqlrc --command="SELECT 1"'
)

Values = Mapping[str, str]
"""What a Secret of the cluster holds."""


@dataclass(frozen=True)
class Secret:
    """One that can be changed.

    Attributes:
        held_by: the Secret of the cluster that holds it.
        change: gives the stack another.
        opens: whether what the Secret held opens what it is for.
        is_the_writers: whether the load logs in with it, and so ends with it.
    """

    held_by: str
    change: Callable[[Stand], None]
    opens: Callable[[Stand, Values], bool]
    is_the_writers: bool = False


def run(request: Request) -> Iterator[Row]:
    """Change one after the other on a stack that is written to."""
    with deployed(request, "rotation", {"ephemeral": "false"}) as stand:
        for name, secret in SECRETS.items():
            if _held(stand, secret.held_by):
                yield _rotated(stand, name, secret)


def _rotated(stand: Stand, name: str, secret: Secret) -> Row:
    old = _held(stand, secret.held_by)
    opened = secret.opens(stand, old)
    with ExitStack() as stack:
        writing = stack.enter_context(load(stand, writers=WRITERS, per_second=PER_SECOND))
        secret.change(stand)
        changed = time.monotonic()
        new = _held(stand, secret.held_by)
        if secret.is_the_writers:
            # Who has the new one goes on.
            resumed = stack.enter_context(load(stand, writers=WRITERS, per_second=PER_SECOND))
        else:
            resumed = writing
        resumed.wait_until_steady(changed, STEADY_S, STEADY_TIMEOUT_S)
        wait_until(
            lambda: not secret.opens(stand, old),
            timeout_s=CLOSED_TIMEOUT_S,
            describe=f"the old {name} opens nothing",
            interval_s=2,
        )
        closed_s = time.monotonic() - changed
        opens = secret.opens(stand, new)
    lost = sorted({*writing.lost(), *resumed.lost()})
    calls = list({id(call): call for call in [*writing.calls, *resumed.calls]}.values())
    written = sum(call.status == 200 for call in calls)
    figure = (
        f"the old one ended {closed_s:.0f} s after the update, the new one "
        f"{'works' if opens else 'does not'}; lost {len(lost)} of {written}; {answers(calls)}"
    )
    goal = "the old one opens nothing, the new one works, 0 acknowledged writes lost"
    passed = opened and opens and new != old and not lost and written > 0
    return Row(f"{name} changed under load", goal, figure, passed)


def _held(stand: Stand, name: str) -> Values:
    """What a Secret of the stack holds; nothing where there is none."""
    context, namespace = stand.namespace.context, f"--namespace={stand.namespace.name}"
    found = get(context, "secret", name, namespace)
    return {key: decoded(data) for one in found for key, data in one["data"].items()}


def _given(key: str) -> Callable[[Stand], None]:
    """Gives a secret by its setting."""
    return lambda stand: stand.up(secret_values={key: secrets.token_hex(16)})


def _drawn(resource: str) -> Callable[[Stand], None]:
    """Lets the stack draw another."""

    def change(stand: Stand) -> None:
        name = stand.request.stack
        [urn] = [
            one["urn"]
            for one in pulumi.exported(name)["deployment"]["resources"]
            if one["urn"].endswith(f"::{resource}")
        ]
        taint = ["pulumi", "state", "taint", "--stack", name, "--yes", "--non-interactive", urn]
        run_program(taint, timeout=60, cwd=ROOT)
        stand.up()

    return change


def _database_opens(stand: Stand, values: Values) -> bool:
    try:
        command = ["sh", "-c", _PSQL]
        stand.namespace.execute("statefulset/postgres", command, stdin=f"{values['password']}\n")
    except Failed:
        return False
    return True


def _store_opens(stand: Stand, access_key: str, secret_key: str) -> bool:
    settings = replace(stand.settings, s3_access_key=access_key, s3_secret_key=secret_key)
    with resolve(settings.hosts, settings.ingress_address):
        try:
            s3_client(settings).list_objects_v2(Bucket=settings.bucket, MaxKeys=1)
        except ClientError:
            return False
    return True


def _mlflow_opens(stand: Stand, values: Values) -> bool:
    settings = stand.settings
    session = http_session(replace(settings, login=(values["username"], values["password"])))
    with resolve(settings.hosts, settings.ingress_address):
        url = f"{settings.tracking_uri}/api/2.0/mlflow/experiments/search"
        return session.get(url, params={"max_results": 1}, timeout=20).status_code == 200


def _key_opens(stand: Stand, values: Values) -> bool:
    return _store_opens(stand, values["accessKey"], values["secretKey"])


SECRETS: Mapping[str, Secret] = {
    "password of the database": Secret("postgres", _given("postgresPassword"), _database_opens),
    "password of the store's root": Secret(
        "minio",
        _given("minioRootPassword"),
        lambda stand, values: _store_opens(stand, values["user"], values["password"]),
    ),
    "secret key of MLflow in the store": Secret(
        "artifact-store", _given("s3SecretKey"), _key_opens
    ),
    "access key of MLflow in the store": Secret(
        "artifact-store", _drawn("credentials-s3-access-key"), _key_opens
    ),
    "password of MLflow's administrator": Secret(
        "auth-admin", _given("authAdminPassword"), _mlflow_opens, is_the_writers=True
    ),
}
