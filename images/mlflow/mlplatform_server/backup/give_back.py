"""Gives a bucket its objects back."""

from __future__ import annotations

from mlplatform_server.backup.bucket import Bucket
from mlplatform_server.backup.manifest import File, Manifest, object_name
from mlplatform_server.backup.places import Place, Unusable
from mlplatform_server.backup.stream import Counted, Progress, at_once


def give_back(place: Place, manifest: Manifest, bucket: Bucket) -> None:
    """Store the objects of a backup, apart from those that are there already.

    Args:
        place: Where the backup is.
        manifest: What it holds.
        bucket: Empty, or with objects of this very backup.

    Raises:
        Unusable: An object is missing, or not what it was.
    """
    there = bucket.sizes()
    wanted = {key: file for key, file in manifest.objects.items() if there.get(key) != file.size}
    progress = Progress(f"{len(wanted):,} objects", sum(file.size for file in wanted.values()))

    def copy(entry: tuple[str, File]) -> None:
        key, file = entry
        counted = Counted(place.open(object_name(key)), progress)
        bucket.put(key, counted, file.headers)
        counted.close()
        if (counted.size, counted.sha256) != (file.size, file.sha256):
            bucket.delete(key)
            raise Unusable(f"object {key} is not what it was when the backup was made")

    for _ in at_once(copy, wanted.items()):
        pass
    progress.end()
