"""Runs what is asked for, one after the other, and prints a table of what was found."""

import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence

from drills.row import Row, table
from toolchain.process import Failed, say


def chosen(variable: str, names: Sequence[str]) -> list[str]:
    """What an environment variable asks for, by names with commas; all where it is not set.

    Args:
        variable: its name.
        names: what there is to choose from.

    Raises:
        Failed: it asks for something else.
    """
    asked = os.environ.get(variable, "")
    found = [name for name in asked.split(",") if name] or list(names)
    if any(name not in names for name in found):
        raise Failed(
            f"{variable} that there is", f"{variable}={asked}", f"choose from {', '.join(names)}"
        )
    return found


def run(title: str, courses: Mapping[str, Callable[[], Iterator[Row]]]) -> int:
    """Run each to its end; one that fails does not keep the next from running.

    Args:
        title: what they are: "drill".
        courses: what yields the rows of each, by name.

    Returns:
        The exit code: 0 if every row passed.
    """
    rows: list[tuple[str, Row]] = []
    for name, course in courses.items():
        say(f"\n{title.capitalize()} {name}")
        began = time.monotonic()
        for row in _rows(title, course):
            rows.append((name, row))
            say(f"{row.what}: {row.figure} (goal: {row.goal}) {'ok' if row.passed else 'FAILED'}")
        say(f"{title.capitalize()} {name} took {time.monotonic() - began:.0f} s")
    print(table(rows, title.upper()))
    passed = sum(row.passed for _, row in rows)
    print(f"\n{passed} of {len(rows)} passed")
    return 0 if passed == len(rows) else 1


def _rows(title: str, course: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """The rows of one; its failure is the last of them."""
    try:
        yield from course()
    except Exception as failure:
        said = isinstance(failure, (Failed, TimeoutError))
        say(str(failure) if said else "".join(traceback.format_exception(failure)))
        reason = (str(failure) or type(failure).__name__).splitlines()[0]
        yield Row(f"the {title} itself", "runs to its end", reason, passed=False)
