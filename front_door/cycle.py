"""Up, smoke, down, again and again: whether it always works, how long it takes, what it leaves."""

import dataclasses
import statistics
import time
from collections.abc import Callable

from front_door import destroy, pulumi, smoke
from front_door.leftovers import take_inventory
from front_door.request import Request
from toolchain.process import Failed

PARTS = ("up", "smoke", "down")


def cycle(request: Request, times: int) -> None:
    """Run cycles on a stack named `cycle` and print a row for each.

    Args:
        request: names the cluster.
        times: number of cycles.

    Raises:
        Failed: a cycle failed, or left something behind.
    """
    own = dataclasses.replace(request, stack="cycle")
    rows: list[dict[str, float]] = []
    problems: list[str] = []
    left: list[str] = []
    print(_row("cycle", PARTS, "leftovers"))
    for number in range(1, times + 1):
        seconds: dict[str, float] = {}
        try:
            _time(seconds, "up", pulumi.up, own)
            _time(seconds, "smoke", smoke.run_suite, own)
        except Failed as failure:
            problems.append(f"cycle {number}: {failure}")
        inventory = take_inventory(own)
        try:
            _time(seconds, "down", destroy.destroy, own)
        except Failed as failure:
            problems.append(f"cycle {number}: {failure}")
        found = inventory.left()
        left += found
        rows.append(seconds)
        cells = [f"{seconds[part]:.1f}" if part in seconds else "failed" for part in PARTS]
        print(_row(str(number), cells, str(len(found))), flush=True)
    passed = [seconds for seconds in rows if len(seconds) == len(PARTS)]
    _summary(passed)
    print(f"{len(passed)} of {times} passed, {len(left)} leftovers")
    if problems or left:
        raise Failed(
            f"{times} cycles without a failure or a leftover",
            "\n".join([*problems, *left]),
            "mend what is named and repeat",
        )


def _time(
    seconds: dict[str, float], part: str, work: Callable[[Request], object], request: Request
) -> None:
    """Note how long a part of a cycle took, unless it fails."""
    began = time.monotonic()
    work(request)
    seconds[part] = time.monotonic() - began


def _summary(rows: list[dict[str, float]]) -> None:
    for name, pick in (("min", min), ("median", statistics.median), ("max", max)):
        if rows:
            print(_row(name, [f"{pick([row[part] for row in rows]):.1f}" for part in PARTS], ""))


def _row(first: str, cells: tuple[str, ...] | list[str], last: str) -> str:
    return f"{first:>7}" + "".join(f"{cell:>9}" for cell in cells) + f"{last:>11}"
