"""The CronJob: a backup of its stack, and then no more of them than are to be kept."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from mlplatform_server.backup.bucket import Bucket
from mlplatform_server.backup.manifest import MANIFEST, facts
from mlplatform_server.backup.places import Place, Unusable, place
from mlplatform_server.backup.stream import size_text
from mlplatform_server.backup.take import TIME_FORMAT, take
from mlplatform_server.waiting import required

_LAST_WORDS = Path("/dev/termination-log")
"""What Kubernetes keeps in the status of the pod: the bytes, for the exporter."""


def main() -> None:
    """Make a backup of what the environment names.

    Raises:
        SystemExit: It could not be made; older ones are as they were.
    """
    name = datetime.now(UTC).strftime(TIME_FORMAT)
    dumped = Path(required("DUMP"))
    users = Path(f"{dumped}.users")
    try:
        root = place(required("BACKUP_TO"))
        with dumped.open("rb") as dump:
            manifest = take(
                dump,
                lambda: facts(Path(f"{dumped}.facts").read_text()),
                Bucket(
                    required("S3_ENDPOINT_URL"),
                    required("BUCKET"),
                    required("S3_ACCESS_KEY"),
                    required("S3_SECRET_KEY"),
                    required("S3_REGION"),
                    os.environ.get("S3_CA_FILE"),
                ),
                root.below(name),
                mlflow=required("MLFLOW_IMAGE"),
                users=users.read_text() if users.exists() else None,
            )
    except Unusable as problem:
        sys.exit(str(problem))
    print(f"Backup {name}: {size_text(manifest.size)}, {len(manifest.objects):,} objects")
    if _LAST_WORDS.exists():
        _LAST_WORDS.write_text(str(manifest.size))
    for gone in prune(root, int(os.environ["BACKUP_KEEP"])):
        print(f"Backup {gone} is deleted")


def prune(root: Place, keep: int) -> list[str]:
    """Delete all backups but the newest, and those that were interrupted.

    Args:
        root: Holds backups, each below the time that it was made at.
        keep: How many stay.

    Returns:
        The names of those that are gone.
    """
    names = root.names()
    backups = sorted({name.split("/")[0] for name in names if _is_time(name.split("/")[0])})
    whole = [name for name in backups if f"{name}/{MANIFEST}" in names]
    gone = [name for name in backups if name not in whole[-keep:]]
    for name in gone:
        root.below(name).clear()
    return gone


def _is_time(name: str) -> bool:
    try:
        datetime.strptime(name, TIME_FORMAT)
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    main()
