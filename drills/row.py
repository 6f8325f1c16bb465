"""What a drill found, as a line of a table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One promise, put to the test.

    Attributes:
        what: what was done to the stack.
        goal: what must come of it.
        figure: what came of it, with its unit.
        passed: whether that reaches the goal.
    """

    what: str
    goal: str
    figure: str
    passed: bool


def table(rows: Sequence[tuple[str, Row]], title: str) -> str:
    """A line per row: drill, what, goal, figure, verdict.

    Args:
        rows: with the names of their drills.
        title: what these names are names of.
    """
    cells = [(title, "WHAT", "GOAL", "FIGURE", "VERDICT")]
    for drill, row in rows:
        cells.append((drill, row.what, row.goal, row.figure, "ok" if row.passed else "FAILED"))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )
