"""Bytes on their way: counted, hashed and reported, never held as a whole."""

from __future__ import annotations

import hashlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from boto3.s3.transfer import TransferConfig

COPY_BYTES = 2**20
AT_ONCE = 8
_REPORT_EVERY_S = 2
# S3 takes 10,000 parts, so an object may have 160 GB; and each of the objects that travel at once
# has one part in memory.
_PART_BYTES = 2**24
TRANSFER = TransferConfig(
    multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, use_threads=False
)
"""How boto3 uploads what it cannot know the length of."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Readable(Protocol):
    """What bytes can be read from: a file, a pipe, the body of an answer."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Progress:
    """Tells how many bytes have passed, and how long that took, every two seconds.

    Attributes:
        seconds: Since it was made.
    """

    def __init__(self, what: str, total: int | None = None) -> None:
        """Begin.

        Args:
            what: What the bytes belong to.
            total: Number of bytes that will pass, where it is known.
        """
        self._what = what
        self._of = "" if total is None else f" of {size_text(total)}"
        self._passed = 0
        self._began = self._told = time.monotonic()
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def add(self, size: int) -> None:
        """Count bytes, from any thread."""
        with self._lock:
            self._passed += size
            if time.monotonic() - self._told >= _REPORT_EVERY_S:
                self._tell()

    def end(self, note: str = "") -> None:
        """Tell the sum."""
        with self._lock:
            self._of = note
            self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        rate = size_text(self._passed / max(self.seconds, 0.001))
        passed = f"{size_text(self._passed)}{self._of}"
        print(f"  {self._what}: {passed}, {self.seconds:.1f} s, {rate}/s", file=sys.stderr)


class Counted:
    """Reads from a source, and knows the size and sha256 of what was read."""

    def __init__(self, source: Readable, progress: Progress) -> None:
        """Report what is read from `source` to `progress`."""
        self._source = source
        self._progress = progress
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Of all that was read so far."""
        return self._digest.hexdigest()

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""
        chunk = self._source.read(size)
        self._digest.update(chunk)
        self.size += len(chunk)
        self._progress.add(len(chunk))
        return chunk

    def close(self) -> None:
        """Close the source."""
        self._source.close()


def drain(source: Readable) -> None:
    """Read to the end."""
    while source.read(COPY_BYTES):
        pass


def at_once(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Do the work for several items at a time; after a failure, begin no more."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        yield from pool.map(work, items)
    finally:
        pool.shutdown(cancel_futures=True)


def size_text(size: float) -> str:
    """A number of bytes for a person."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
