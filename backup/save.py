"""Makes a backup of a running stack."""

from __future__ import annotations

from datetime import UTC, datetime

from backup import database
from backup.stack import bucket, mark, mlflow_image
from mlplatform_server.backup.manifest import Manifest
from mlplatform_server.backup.places import Place
from mlplatform_server.backup.take import require_free, take
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings

BACKED_UP = "mlplatform/backed-up"
"""Annotation of a stack's namespace: when its last backup was begun, in UTC."""


def save(settings: Settings, namespace: Namespace, place: Place) -> Manifest:
    """Back a stack up, and mark it with the time.

    Args:
        settings: The stack.
        namespace: Its namespace.
        place: Where to.

    Raises:
        Unusable: The place is not free, or the stack could not be read as a whole.
        Failed: The stack does not answer.
    """
    database.require_own(settings, namespace)
    require_free(place)
    store, image = bucket(settings), mlflow_image(namespace)
    began = datetime.now(UTC)
    with database.dump(namespace) as (dump, facts):
        users = database.users(settings, namespace)
        manifest = take(dump, facts, store, place, mlflow=image, users=users)
    mark(namespace, BACKED_UP, began.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return manifest
