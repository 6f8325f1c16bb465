"""What a backup holds, and what each of its files must be: its last file, so that it is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mlplatform_server.backup.places import Place, Unusable

MANIFEST = "manifest.json"
DATABASE = "database.dump"
USERS = "users.sql"
OBJECTS = "objects"
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of a backup.

    Attributes:
        size: Bytes.
        sha256: Of its bytes.
        headers: Of an object, what the store says of it besides its bytes, as boto3 names it.
    """

    size: int
    sha256: str
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the database said of itself in the very snapshot that was dumped.

    Attributes:
        postgres: Version of the server.
        schema: Revision of MLflow's schema.
        artifact_root: Where experiment 0 keeps artifacts.
        rows: Number of rows by table.
    """

    postgres: str
    schema: str
    artifact_root: str
    rows: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A whole backup.

    Attributes:
        made: When it was begun, in UTC.
        mlflow: Image of the MLflow that it was made from.
        facts: What the database said of itself.
        database: Its dump.
        objects: By key.
        users: The database of users; None where nobody logs in.
    """

    made: str
    mlflow: str
    facts: Facts
    database: File
    objects: Mapping[str, File]
    users: File | None = None

    @property
    def size(self) -> int:
        """Bytes of all files."""
        files = [self.database, *self.objects.values(), *([self.users] if self.users else [])]
        return sum(file.size for file in files)

    @property
    def identity(self) -> str:
        """A hash that no other backup has."""
        return hashlib.sha256(self._text().encode()).hexdigest()

    def _text(self) -> str:
        return json.dumps(self._content(), sort_keys=True)

    def _content(self) -> dict[str, Any]:
        # A backup without users is what it was before there were any.
        return {name: value for name, value in asdict(self).items() if value is not None}

    def encoded(self) -> bytes:
        """The file, which holds its own hash."""
        return json.dumps(
            {"format": FORMAT, "sha256": self.identity, "backup": self._content()}, indent=1
        ).encode()


def object_name(key: str) -> str:
    """The file of an object.

    Not every key can be the name of a file: it may be too long, end with a slash, hold `..`, or be
    the beginning of another one.
    """
    return f"{OBJECTS}/{hashlib.sha256(key.encode()).hexdigest()}"


def facts(text: str) -> Facts:
    """Read what the command `database` prints, its last line.

    Raises:
        Unusable: It ended before that.
    """
    lines = text.strip().splitlines()
    try:
        return Facts(**json.loads(lines[-1]))
    except (IndexError, ValueError, TypeError) as error:
        raise Unusable(f"the database did not come to its end: {text.strip()}") from error


def load(place: Place) -> Manifest:
    """Read the manifest of a backup.

    Raises:
        Unusable: There is none, or it is not what was written.
    """
    try:
        file = place.open(MANIFEST)
    except Unusable as missing:
        raise Unusable(f"no backup, or one that was interrupted: {missing}") from missing
    content = file.read()
    file.close()
    try:
        document = json.loads(content)
        if document["format"] != FORMAT:
            raise Unusable(f"{place} has format {document['format']}, and this reads {FORMAT}")
        backup = document["backup"]
        manifest = Manifest(
            made=backup["made"],
            mlflow=backup["mlflow"],
            facts=Facts(**backup["facts"]),
            database=File(**backup["database"]),
            objects={key: File(**file) for key, file in backup["objects"].items()},
            users=File(**backup["users"]) if "users" in backup else None,
        )
        expected = document["sha256"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unusable(f"{place}/{MANIFEST} cannot be read: {error!r}") from error
    if manifest.identity != expected:
        raise Unusable(f"{place}/{MANIFEST} was changed: its sha256 is not the one in it")
    return manifest
