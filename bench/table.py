"""Figures as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured quantity, in the unit that it names."""

    what: str
    value: float
    unit: str


def render(figures: Sequence[Figure]) -> str:
    """Lay figures out in three columns: what, how much, of which unit."""
    rows = [(figure.what, _number(figure.value), figure.unit) for figure in figures]
    what_width = max(len(what) for what, _, _ in rows)
    number_width = max(len(number) for _, number, _ in rows)
    return "\n".join(
        f"{what:<{what_width}}  {number:>{number_width}}  {unit}" for what, number, unit in rows
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def side_by_side(kinds: Sequence[str], rows: Sequence[tuple[str, str, Sequence[float]]]) -> str:
    """Lay out what was measured of some kinds, and each other over the first.

    Args:
        kinds: their names, two at least.
        rows: what, its unit, and the value of each kind.
    """
    width = max(len(what) for what, _, _ in rows)
    names = "".join(f"{kind:>10}" for kind in kinds) + f"{'ratio':>8}" * (len(kinds) - 1)
    lines = [f"{'':<{width}}{names}"]
    for what, unit, measured in rows:
        values = "".join(f"{value:10.1f}" for value in measured)
        ratios = "".join(f"{value / measured[0]:8.2f}" for value in measured[1:])
        lines.append(f"{what:<{width}}{values}{ratios}  {unit}")
    return "\n".join(lines)
