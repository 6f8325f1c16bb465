"""Makes a backup."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

from mlplatform_server.backup.bucket import Bucket
from mlplatform_server.backup.manifest import (
    DATABASE,
    MANIFEST,
    OBJECTS,
    USERS,
    Facts,
    File,
    Manifest,
    object_name,
)
from mlplatform_server.backup.places import Place, Unusable
from mlplatform_server.backup.stream import Counted, Progress, Readable, at_once

TIME_FORMAT = "%Y-%m-%dT%H-%M-%SZ"
"""A name of a backup that sorts by time and that every file system takes."""


def require_free(place: Place) -> None:
    """Leave nothing at the place but room; what an interrupted backup left goes.

    Raises:
        Unusable: There is a backup, or something that no backup of ours has made.
    """
    names = place.names()
    if MANIFEST in names:
        raise Unusable(f"{place} holds a backup already")
    foreign = [
        name
        for name in names
        if name not in (DATABASE, USERS, f"{MANIFEST}.part") and not name.startswith(f"{OBJECTS}/")
    ]
    if foreign:
        raise Unusable(f"{place} holds something else: {foreign[0]}")
    if names:
        place.clear()


def take(
    dump: Readable,
    facts: Callable[[], Facts],
    bucket: Bucket,
    place: Place,
    *,
    mlflow: str,
    users: str | None = None,
) -> Manifest:
    """Keep the database first, then the objects: all that the database names is there by then.

    Args:
        dump: The dump, as it comes.
        facts: Asked when the dump has ended; raises Unusable if that was too early.
        bucket: The objects.
        place: Free, else see `require_free`.
        mlflow: Image of the MLflow that the database belongs to.
        users: The database of users as SQL; None where nobody logs in.

    Raises:
        Unusable: The dump is not whole.
    """
    made = datetime.now(UTC).strftime(TIME_FORMAT)
    progress = Progress("database")
    counted = Counted(dump, progress)
    place.write(DATABASE, counted)
    known = facts()
    progress.end(f", {sum(known.rows.values()):,} rows")
    objects = _objects(bucket, place)
    manifest = Manifest(
        made=made,
        mlflow=mlflow,
        facts=known,
        database=File(size=counted.size, sha256=counted.sha256),
        objects=objects,
        users=None if users is None else _users(users, place),
    )
    place.seal(MANIFEST, manifest.encoded())
    return manifest


def _users(users: str, place: Place) -> File:
    counted = Counted(io.BytesIO(users.encode()), Progress("users"))
    place.write(USERS, counted)
    return File(size=counted.size, sha256=counted.sha256)


def _objects(bucket: Bucket, place: Place) -> dict[str, File]:
    sizes = bucket.sizes()
    progress = Progress(f"{len(sizes):,} objects", sum(sizes.values()))

    def copy(key: str) -> File | None:
        found = bucket.open(key)
        if found is None:
            return None
        source, headers = found
        counted = Counted(source, progress)
        place.write(object_name(key), counted)
        counted.close()
        return File(size=counted.size, sha256=counted.sha256, headers=headers)

    copied = dict(zip(sizes, at_once(copy, sizes), strict=True))
    progress.end()
    return {key: file for key, file in copied.items() if file is not None}
