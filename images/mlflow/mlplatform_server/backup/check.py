"""Reads a whole backup again, and says what is wrong with it."""

from __future__ import annotations

from mlplatform_server.backup.manifest import DATABASE, USERS, File, Manifest, object_name
from mlplatform_server.backup.places import Place, Unusable
from mlplatform_server.backup.stream import Counted, Progress, at_once, drain


def problems(place: Place, manifest: Manifest) -> list[str]:
    """A line for every file that is missing or is not what it was.

    Args:
        place: Where the backup is.
        manifest: What it holds.
    """
    progress = Progress(f"{len(manifest.objects) + 1:,} files", manifest.size)

    def problem(wanted: tuple[str, str, File]) -> str | None:
        shown, name, file = wanted
        return difference(place, name, file, shown, progress)

    files = [("the database", DATABASE, manifest.database)]
    if manifest.users:
        files.append(("the database of users", USERS, manifest.users))
    files += [(f"object {key}", object_name(key), file) for key, file in manifest.objects.items()]
    found = [one for one in at_once(problem, files) if one]
    progress.end()
    return found


def difference(place: Place, name: str, wanted: File, shown: str, progress: Progress) -> str | None:
    """What is wrong with one file, or None.

    Args:
        place: Where the backup is.
        name: Of the file.
        wanted: What it must be.
        shown: What a person calls it.
        progress: Told of what is read.
    """
    try:
        counted = Counted(place.open(name), progress)
    except Unusable as missing:
        return f"{shown} is missing: {missing}"
    drain(counted)
    counted.close()
    if counted.size != wanted.size:
        return f"{shown} has {counted.size:,} bytes, and had {wanted.size:,}"
    if counted.sha256 != wanted.sha256:
        return f"{shown} was changed: other bytes than when it was made"
    return None
