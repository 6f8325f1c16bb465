"""Where a backup is kept: a directory, or a prefix of an S3 bucket."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from mlplatform_server.backup.stream import COPY_BYTES, TRANSFER, Readable


class Unusable(Exception):
    """A backup, or the place for it, cannot be used; the message says what was found."""


class Place(Protocol):
    """Files by name; a name has words and slashes."""

    def write(self, name: str, source: Readable) -> None:
        """Keep what `source` gives until it ends."""
        ...

    def seal(self, name: str, content: bytes) -> None:
        """Keep a last, small file, in one step and once all others are safe."""
        ...

    def open(self, name: str) -> Readable:
        """Open a file.

        Raises:
            Unusable: There is none of that name.
        """
        ...

    def names(self) -> list[str]:
        """All names."""
        ...

    def clear(self) -> None:
        """Delete all files."""
        ...

    def below(self, name: str) -> Place:
        """The place of the names that begin with `name` and a slash."""
        ...


def place(text: str) -> Place:
    """The place that a person names.

    Args:
        text: A directory, or `s3://bucket/prefix`: reached as the AWS_* variables say, an endpoint
            of one's own by AWS_ENDPOINT_URL_S3.

    Raises:
        Unusable: The text names neither.
    """
    if not text:
        raise Unusable("no place is named")
    url = urlsplit(text)
    if not url.scheme:
        return Directory(Path(text).absolute())
    if url.scheme != "s3" or not url.netloc:
        raise Unusable(f"{text} is neither a directory nor s3://bucket/prefix")
    try:
        s3: Any = boto3.resource("s3")
        return Prefix(s3.Bucket(url.netloc), url.path.strip("/"))
    except BotoCoreError as error:
        raise Unusable(f"{text}: {error}") from error


class Directory:
    """A directory of this machine, which may not exist yet."""

    def __init__(self, root: Path) -> None:
        """`root` is the directory."""
        self._root = root

    def __str__(self) -> str:
        return str(self._root)

    def write(self, name: str, source: Readable) -> None:
        """Keep what `source` gives until it ends."""
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            shutil.copyfileobj(source, file, COPY_BYTES)

    def seal(self, name: str, content: bytes) -> None:
        """Keep a last, small file, in one step and once all others are safe."""
        unfinished = self._root / f"{name}.part"
        with unfinished.open("wb") as file:
            file.write(content)
        # All of them at once: to wait for the disk after every file costs more than the copy.
        os.sync()
        unfinished.replace(self._root / name)
        os.sync()

    def open(self, name: str) -> Readable:
        """Open a file."""
        try:
            return (self._root / name).open("rb")
        except OSError as error:
            raise Unusable(f"{self._root / name}: {error.strerror}") from error

    def names(self) -> list[str]:
        """All names."""
        found = (path for path in self._root.rglob("*") if path.is_file())
        return sorted(path.relative_to(self._root).as_posix() for path in found)

    def clear(self) -> None:
        """Delete all files."""
        if self._root.exists():
            shutil.rmtree(self._root)

    def below(self, name: str) -> Directory:
        """A directory in this one."""
        return Directory(self._root / name)


class Prefix:
    """The keys of a bucket that begin with a prefix."""

    def __init__(self, bucket: Any, prefix: str) -> None:
        """Take a bucket of boto3, and a prefix without a slash at its end."""
        self._bucket = bucket
        self._prefix = prefix

    def __str__(self) -> str:
        return f"s3://{self._bucket.name}/{self._prefix}".rstrip("/")

    def write(self, name: str, source: Readable) -> None:
        """Keep what `source` gives until it ends."""
        client = self._bucket.meta.client
        client.upload_fileobj(source, self._bucket.name, self._key(name), Config=TRANSFER)

    def seal(self, name: str, content: bytes) -> None:
        """Keep a last, small file: a store has an object whole or not at all."""
        self._bucket.put_object(Key=self._key(name), Body=content)

    def open(self, name: str) -> Readable:
        """Open a file."""
        try:
            found = self._bucket.meta.client.get_object(
                Bucket=self._bucket.name, Key=self._key(name)
            )
        except ClientError as error:
            raise Unusable(f"{self}/{name}: {error}") from error
        return found["Body"]

    def names(self) -> list[str]:
        """All names."""
        start = len(self._key(""))
        return [found.key[start:] for found in self._bucket.objects.filter(Prefix=self._key(""))]

    def clear(self) -> None:
        """Delete all files."""
        self._bucket.objects.filter(Prefix=self._key("")).delete()

    def below(self, name: str) -> Prefix:
        """A longer prefix."""
        return Prefix(self._bucket, self._key(name))

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name
