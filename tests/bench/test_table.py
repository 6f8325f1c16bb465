"""How figures are printed."""

from __future__ import annotations

from bench.table import Figure, render


def test_columns_are_aligned_and_units_stand_behind_their_numbers() -> None:
    figures = [Figure("start to ready", 7, "s"), Figure("up", 131.44, "MB/s")]
    assert render(figures) == "start to ready  7.0  s\nup              131  MB/s"
