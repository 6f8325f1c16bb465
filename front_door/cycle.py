"""Up, smoke, down, again and again: whether it always works, how long it takes, what it leaves."""

import dataclasses
import statistics
import time
from collections.abc import Callable

from front_door import destroy, leftovers, pulumi, smoke
from front_door.request import Request
from toolchain.process import Failed, say

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
    failures: list[str] = []
    left: list[str] = []
    print(_row("cycle", PARTS, "leftovers"))
    for number in range(1, times + 1):
        seconds: dict[str, float] = {}
        steps: dict[str, Callable[[Request], object]] = {
            "up": pulumi.up,
            "smoke": smoke.run_suite,
            "down": destroy.destroy,
        }
        try:
            for name, step in steps.items():
                began = time.monotonic()
                step(own)
                seconds[name] = time.monotonic() - began
        except Failed as failure:
            failures.append(f"cycle {number}: {failure}")
            destroy.destroy(own)
        found = leftovers.find(own)
        left += found
        rows.append(seconds)
        cells = [f"{seconds[name]:.1f}" if name in seconds else "failed" for name in PARTS]
        print(_row(str(number), cells, str(len(found))), flush=True)
    _summary([row for row in rows if len(row) == len(PARTS)])
    say(f"Looked for after each: {', '.join(leftovers.KINDS)}")
    print(f"{times - len(failures)} of {times} passed, {len(left)} leftovers")
    if failures or left:
        raise Failed(
            f"{times} cycles without a failure or a leftover",
            "\n".join([*failures, *left]),
            "mend what is named and repeat",
        )


def _summary(rows: list[dict[str, float]]) -> None:
    for name, pick in (("min", min), ("median", statistics.median), ("max", max)):
        if rows:
            print(_row(name, [f"{pick([row[part] for row in rows]):.1f}" for part in PARTS], ""))


def _row(first: str, cells: tuple[str, ...] | list[str], last: str) -> str:
    return f"{first:>7}" + "".join(f"{cell:>9}" for cell in cells) + f"{last:>11}"
