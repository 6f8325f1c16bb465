"""Every secret is changed under load: the old one opens nothing, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from accounts.account import secret_name
from cluster.kubectl import get
from drills import given_anew, opening
from drills.canary import secrets_of
from drills.given_anew import Change
from drills.in_force import decoded
from drills.load import answers, load
from drills.opening import Values
from drills.row import Row
from drills.stand import Stand, deployed
from front_door.request import Request
from smoke_tests.wait import wait_until

WRITERS, PER_SECOND = 4, 20
STEADY_S, STEADY_TIMEOUT_S = 5, 120
# A new access key leaves the one before valid for five minutes; a login is remembered for 30 s.
CLOSED_TIMEOUT_S = 420
KEPT: Mapping[str, str] = {
    "credentials-fingerprint-key": "opens nothing: it is the key of the fingerprints of Secrets"
}
"""What has no row of its own. The superuser of Postgres has no password that could be changed."""


@dataclass(frozen=True, kw_only=True)
class Secret:
    """One that can be changed.

    Attributes:
        held_by: the Secret of the cluster that holds it.
        prepare: lets the stack have it, where it has not.
        change: gives the stack another.
        opens: whether what the Secret held opens what it is for.
        is_the_writers: whether the load gets in by it, and so ends with it.
    """

    held_by: str
    prepare: Change = lambda _: None
    change: Change
    opens: Callable[[Stand, Values], bool]
    is_the_writers: bool = False


def run(request: Request) -> Iterator[Row]:
    """Change one after the other on a stack that is written to."""
    with deployed(request, "rotation", {"ephemeral": "false", "tls": "own"}) as stand:
        before = secrets_of(stand)
        for name, secret in SECRETS.items():
            secret.prepare(stand)
            yield _rotated(stand, name, secret)
        after = secrets_of(stand)
        same = {name for name, value in before.items() if after.get(name) == value}
        figure = f"{len(before)} secrets, the same: {', '.join(sorted(same)) or 'none'}"
        yield Row("every secret then", "another, or it opens nothing", figure, same <= KEPT.keys())


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
    """What a Secret of the stack holds."""
    context, namespace = stand.namespace.context, f"--namespace={stand.namespace.name}"
    [found] = get(context, "secret", name, namespace)
    return {key: decoded(data) for key, data in found["data"].items()}


SECRETS: Mapping[str, Secret] = {
    "password of the database": Secret(
        held_by="postgres", change=given_anew.given("postgresPassword"), opens=opening.database
    ),
    "name of the store's root": Secret(
        held_by="minio",
        change=given_anew.drawn("credentials-minio-root-user"),
        opens=opening.store_by_password,
    ),
    "password of the store's root": Secret(
        held_by="minio",
        change=given_anew.given("minioRootPassword"),
        opens=opening.store_by_password,
    ),
    "secret key of MLflow in the store": Secret(
        held_by="artifact-store", change=given_anew.given("s3SecretKey"), opens=opening.store_by_key
    ),
    "access key of MLflow in the store": Secret(
        held_by="artifact-store",
        change=given_anew.drawn("credentials-s3-access-key"),
        opens=opening.store_by_key,
    ),
    "key of the backups in a store": Secret(
        held_by="backup-store",
        prepare=given_anew.back_up_to_its_own_store,
        change=given_anew.change_the_backups_key,
        opens=opening.store_by_key,
    ),
    "password of MLflow's administrator": Secret(
        held_by="auth-admin",
        change=given_anew.given("authAdminPassword"),
        opens=opening.mlflow,
        is_the_writers=True,
    ),
    "password of a user": Secret(
        held_by=secret_name(given_anew.USER),
        prepare=given_anew.user(new_password=False),
        change=given_anew.user(new_password=True),
        opens=opening.mlflow,
    ),
    "key of MLflow's forms": Secret(
        held_by="auth",
        change=given_anew.drawn("credentials-flask-key"),
        opens=opening.form_of_new_users,
    ),
    "key of the webhooks' secrets": Secret(
        held_by="webhooks",
        prepare=given_anew.make_webhook,
        change=given_anew.drawn("credentials-webhook-key"),
        opens=opening.webhooks,
    ),
    "certificate of the stack's authority": Secret(
        held_by="tls", change=given_anew.drawn("certificate-public"), opens=opening.served
    ),
    "the stack's authority": Secret(
        held_by="authority",
        change=given_anew.drawn("authority-key-pair"),
        opens=opening.trusted,
        is_the_writers=True,
    ),
    "certificate of others": Secret(
        held_by=given_anew.IMPORTED,
        prepare=given_anew.import_certificate,
        change=given_anew.sign_another,
        opens=opening.served,
    ),
}
