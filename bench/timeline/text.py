"""A Gantt chart for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from bench.timeline.path import Step
from bench.timeline.rows import left_out, rows, ticks
from bench.timeline.spans import Span

_CRITICAL, _OTHER = "█", "░"
_WAIT_S = 0.5
"""What ended a shorter wait is not worth a line."""


def gantt_text(spans: Sequence[Span], path: Sequence[Step], width: int) -> str:
    """Draw a row per resource, and below it the critical path with what each step added.

    Args:
        spans: of one update.
        path: its critical path.
        width: columns of the terminal, 80 at least.
    """
    shown = rows(spans, path)
    critical = {step.span for step in path}
    length = max(span.end for span in spans)
    names = max(len(span.label) for span in shown)
    columns = width - names - len("▶  ") - len("9999.9 s")

    def column(seconds: float) -> int:
        return min(int(seconds / length * columns), columns - 1)

    lines = [" " * (names + 3) + _axis(length, columns)]
    for span in shown:
        start, end = column(span.start), column(span.end)
        bar = (_CRITICAL if span in critical else _OTHER) * (end - start + 1)
        mark = "▶" if span in critical else " "
        drawn = f"{' ' * start}{bar}"
        lines.append(f"{mark} {span.label:<{names}} {drawn:<{columns}}{span.seconds:6.1f} s")
    lines += ["", f"{_CRITICAL} on the critical path   {_OTHER} not   {left_out(spans, shown)}"]
    return "\n".join(line.rstrip() for line in [*lines, "", *_steps(path, names, width)])


def _axis(length: float, columns: int) -> str:
    axis = [" "] * (columns + 3)
    for tick in ticks(length):
        label = str(tick)
        at = int(tick / length * columns)
        axis[at : at + len(label)] = label
    return "".join(axis)


def _steps(path: Sequence[Step], names: int, width: int) -> list[str]:
    """A line per step, and what the provider said at the end of its longer waits."""
    lines = [f"{'critical path':<{names + 2}} waited  worked  ended at"]
    for step in path:
        span = step.span
        lines.append(
            f"  {span.label:<{names}} {step.gap:6.2f}  {span.seconds:6.2f}  {span.end:8.2f}"
        )
        before = span.start
        for seconds, message in span.status:
            if seconds - before >= _WAIT_S:
                line = f"    after {seconds - span.start:.2f} s: {message}"
                lines.append(line if len(line) <= width else f"{line[: width - 1]}…")
            before = seconds
    return lines
