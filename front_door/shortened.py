"""What Pulumi prints, short enough for a log."""

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

UNDER_WAY = re.compile(r"[-+~@=<> ]+ [\w.:/-]+ \S+ (\w+ing|refresh) *(\(|$)")
"""A resource that something is still done to, or that was found as it was known."""
END_S = 10


@contextmanager
def shortened() -> Iterator[TextIO]:
    """Where Pulumi is to write: a terminal gets all of it, a log one line per resource."""
    if sys.stderr.isatty():
        yield sys.stderr
        return
    reader, writer = os.pipe()
    thread = threading.Thread(target=_copy, args=(reader,), daemon=True)
    thread.start()
    try:
        with os.fdopen(writer, "w") as output:
            yield output
    finally:
        thread.join(END_S)


def _copy(reader: int) -> None:
    with os.fdopen(reader, errors="replace") as lines:
        for line in lines:
            if not UNDER_WAY.match(line):
                sys.stderr.write(line)
                sys.stderr.flush()
