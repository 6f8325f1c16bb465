"""How a command ends that could not do what it was asked for."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from toolchain.process import Failed


@contextmanager
def told(target: str) -> Iterator[None]:
    """Turn a failure or Ctrl-C within the block into its reason and exit code 1.

    Args:
        target: the target of the Makefile that a person would repeat.

    Raises:
        SystemExit: something failed.
    """
    try:
        yield
    except Failed as failure:
        sys.exit(f"\nmake {target} failed.\n{failure}")
    except KeyboardInterrupt:
        sys.exit(f"\nmake {target} was interrupted; repeat it to go on, or `make down`.")
