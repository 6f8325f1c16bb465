"""Puts a backup into a stack that was just made."""

from __future__ import annotations

from backup import database
from backup.migration import migrate
from backup.stack import MLFLOW, bucket, mark, marked
from backup.webhooks import forget_unreadable
from cluster.kubectl import get, kubectl
from mlplatform_server.backup.check import difference
from mlplatform_server.backup.give_back import give_back
from mlplatform_server.backup.manifest import DATABASE, USERS, Facts, Manifest
from mlplatform_server.backup.places import Place, Unusable
from mlplatform_server.backup.stream import Progress
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings
from toolchain.process import Failed

RESTORING = "mlplatform/restoring"
"""Annotation of a stack's namespace while it is being filled: the backup's identity, and how many
MLflow servers the stack is to have afterwards."""
_NAMED = 4
_STOP_TIMEOUT_S = 120
_START_TIMEOUT_S = 300
# What a stack that was just made holds: the version of the schema, the default workspace and
# experiment 0.
_MADE_WITH_THE_STACK = {"alembic_version": 1, "workspaces": 1, "experiments": 1}
# Exits with 1 for a revision that is not among those of the MLflow in the pod.
_KNOWS_REVISION = """
import pathlib, sys
import mlflow.store.db_migrations as migrations
versions = pathlib.Path(migrations.__path__[0]) / "versions"
sys.exit(not any(versions.glob(f"{sys.argv[1]}_*.py")))
"""


def restore(settings: Settings, namespace: Namespace, place: Place, manifest: Manifest) -> int:
    """Fill a stack: the objects, then, without servers, the database, and its schema upgraded.

    What was interrupted is finished by the same call.

    Args:
        settings: The stack.
        namespace: Its namespace.
        place: Where the backup is.
        manifest: What it holds.

    Returns:
        How many webhooks have to be given their secret again.

    Raises:
        Failed: The stack holds something, or does not fit; nothing was changed.
        Unusable: The backup is not what it was; the database was not touched.
    """
    database.require_own(settings, namespace)
    going_on = _going_on(namespace, manifest)
    if going_on is None:
        _require_just_made(settings, namespace, manifest)
        replicas = _replicas(namespace)
        mark(namespace, RESTORING, f"{manifest.identity}.{replicas}")
    else:
        replicas = going_on
    give_back(place, manifest, bucket(settings))
    _scale(namespace, 0)
    _restore_database(namespace, place, manifest)
    _restore_users(settings, namespace, place, manifest)
    migrate(namespace)
    _scale(namespace, replicas)
    mark(namespace, RESTORING, None)
    return forget_unreadable(settings, namespace)


def _going_on(namespace: Namespace, manifest: Manifest) -> int | None:
    """The servers that a restore of this backup found before it was interrupted, if one was."""
    found = marked(namespace, RESTORING)
    if found is None:
        return None
    identity, _, replicas = found.partition(".")
    if identity != manifest.identity:
        raise Failed(
            "a stack that was just made",
            "the restore of another backup was interrupted here",
            "repeat that one, or make a new stack: make down, make up",
        )
    return int(replicas)


def _require_just_made(settings: Settings, namespace: Namespace, manifest: Manifest) -> None:
    facts = database.facts(namespace)
    foreign = set(bucket(settings).sizes()) - set(manifest.objects)
    held = [*_rows(facts), *(f"object {key}" for key in sorted(foreign)[:_NAMED])]
    if held:
        raise Failed(
            "a stack that was just made, because a restore replaces all there is",
            f"{namespace.name} holds {', '.join(held)}",
            "make a new one: make up STACK=...",
        )
    if facts.artifact_root != manifest.facts.artifact_root:
        raise Failed(
            f"a stack that keeps artifacts at {manifest.facts.artifact_root}, as the backup's did",
            f"this one keeps them at {facts.artifact_root}",
            "make one whose setting `artifacts` is that of the backup's stack",
        )
    try:
        namespace.execute(MLFLOW, ["python", "-", manifest.facts.schema], stdin=_KNOWS_REVISION)
    except Failed as failure:
        raise Failed(
            f"a stack whose MLflow knows the schema {manifest.facts.schema}",
            f"the backup is from {manifest.mlflow}, which is newer: {failure}",
            "make the stack with that image or a newer one",
        ) from failure


def _rows(facts: Facts) -> list[str]:
    """What a database holds beyond that of a stack that was just made."""
    more = {
        table: count
        for table, count in facts.rows.items()
        if count > _MADE_WITH_THE_STACK.get(table, 0)
    }
    largest = sorted(more, key=lambda table: more[table], reverse=True)[:_NAMED]
    return [f"{more[table]:,} {table}" for table in largest]


def _restore_database(namespace: Namespace, place: Place, manifest: Manifest) -> None:
    progress = Progress("database checked", manifest.database.size)
    wrong = difference(place, DATABASE, manifest.database, "the database", progress)
    if wrong:
        raise Unusable(wrong)
    progress.end()
    progress = Progress("database restored", manifest.database.size)
    source = place.open(DATABASE)
    facts = database.restore(namespace, source)
    source.close()
    if facts.rows != manifest.facts.rows or facts.schema != manifest.facts.schema:
        raise Unusable("the database has other rows after the restore than when it was dumped")
    progress.add(manifest.database.size)
    progress.end(f", {sum(facts.rows.values()):,} rows")


def _restore_users(
    settings: Settings, namespace: Namespace, place: Place, manifest: Manifest
) -> None:
    """Let the backup's users in with their passwords; the administrator's is then the stack's."""
    if manifest.users is None or settings.login is None:
        return
    progress = Progress("users checked", manifest.users.size)
    if wrong := difference(place, USERS, manifest.users, "the database of users", progress):
        raise Unusable(wrong)
    progress.end()
    source = place.open(USERS)
    database.restore_users(namespace, source.read().decode())
    source.close()


def _replicas(namespace: Namespace) -> int:
    (deployment,) = get(namespace.context, MLFLOW, f"--namespace={namespace.name}")
    return deployment["spec"]["replicas"]


def _scale(namespace: Namespace, replicas: int) -> None:
    """Have so many servers, and wait until that is so."""
    own = f"--namespace={namespace.name}"
    namespace.scale(MLFLOW, replicas)
    if replicas:
        kubectl(
            namespace.context,
            own,
            "rollout",
            "status",
            MLFLOW,
            f"--timeout={_START_TIMEOUT_S}s",
            timeout=_START_TIMEOUT_S + 10,
        )
    else:
        kubectl(
            namespace.context,
            own,
            "wait",
            "pods",
            "--selector=app.kubernetes.io/name=mlflow-server",
            "--for=delete",
            f"--timeout={_STOP_TIMEOUT_S}s",
            timeout=_STOP_TIMEOUT_S + 10,
        )
