"""A Gantt chart as a picture that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

from bench.timeline.path import Step
from bench.timeline.rows import SHORTEST_S, left_out, rows, ticks
from bench.timeline.spans import Span

_WIDTH = 1100
_RIGHT = 170
_CHARACTER = 7.2
"""Width of the font, about: names are given so much room."""
_TOP, _BOTTOM = 72, 48
_ROW, _BAR = 24, 14

# Colours that can be told apart by the colour-blind (Okabe and Ito), legible on white and on black.
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333; stroke: #fff }
text { stroke-width: 4px; stroke-linejoin: round; paint-order: stroke }
.title { font-size: 16px; font-weight: 600 }
.quiet { fill: #777 }
.name { text-anchor: end }
.tick { text-anchor: middle }
.background { fill: #fff }
.grid { stroke: #e4e4e4 }
.bar { fill: #9db4c6 }
.critical { fill: #d55e00 }
.strong { font-weight: 600 }
.arrow { fill: none; stroke: #d55e00; stroke-width: 1.5; marker-end: url(#tip) }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd; stroke: #16181c }
  .quiet { fill: #999 }
  .background { fill: #16181c }
  .grid { stroke: #2c3036 }
  .bar { fill: #4f6a80 }
}
"""

_TIP = """<defs>
<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" markerHeight="5" orient="auto">
<path class="critical" d="M0 0L8 4L0 8z"/>
</marker>
</defs>"""


def gantt_svg(spans: Sequence[Span], path: Sequence[Step], title: str) -> str:
    """Draw a row per resource, and arrows along the critical path.

    Args:
        spans: of one update.
        path: its critical path.
        title: stands above it.

    Returns:
        An SVG document, light or dark as its viewer is.
    """
    shown = rows(spans, path)
    length = max(span.end for span in spans)
    height = _TOP + _ROW * len(shown) + _BOTTOM
    left = 30 + max(len(span.label) for span in shown) * _CHARACTER
    scale = (_WIDTH - left - _RIGHT) / length
    critical = {step.span: step for step in path}

    def x(seconds: float) -> float:
        return round(left + seconds * scale, 1)

    def middle(row: int) -> float:
        return _TOP + row * _ROW + _ROW / 2

    drawn = [
        f'<text class="title" x="16" y="28">{escape(title)}</text>',
        *_legend(left_out(spans, shown)),
        *_grid(length, x, height - _BOTTOM),
    ]
    row_of = {span: row for row, span in enumerate(shown)}
    for before, after in pairwise(path):
        drawn.append(
            _arrow(
                x(before.span.end),
                middle(row_of[before.span]),
                x(after.span.start),
                middle(row_of[after.span]),
            )
        )
    for span, row in row_of.items():
        y = middle(row)
        label = escape(span.label)
        weight = " strong" if span in critical else ""
        drawn.append(f'<text class="name{weight}" x="{x(0) - 10}" y="{y + 4}">{label}</text>')
        drawn += _bar(span, critical.get(span), x(span.start), x(span.end), y)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            _TIP,
            f'<rect class="background" width="{_WIDTH}" height="{height}" rx="8"/>',
            *drawn,
            "</svg>",
            "",
        ]
    )


def _legend(left_out: str) -> list[str]:
    entries = (("critical", "on the critical path"), ("bar", "not on it"))
    drawn = [
        f'<rect class="{name}" x="{16 + 160 * at}" y="40" width="12" height="12" rx="2"/>'
        f'<text x="{34 + 160 * at}" y="50">{label}</text>'
        for at, (name, label) in enumerate(entries)
    ]
    drawn.append('<path class="arrow" d="M290 46H312"/><text x="320" y="50">waited for it</text>')
    return [*drawn, f'<text class="quiet" x="430" y="50">{left_out}</text>']


def _grid(length: float, x: Callable[[float], float], bottom: float) -> list[str]:
    drawn = []
    for tick in ticks(length):
        at = x(tick)
        drawn.append(f'<line class="grid" x1="{at}" y1="{_TOP}" x2="{at}" y2="{bottom}"/>')
        drawn.append(f'<text class="tick quiet" x="{at}" y="{bottom + 18}">{tick} s</text>')
    return drawn


def _bar(span: Span, step: Step | None, start: float, end: float, y: float) -> list[str]:
    """A bar that says more when it is pointed at, and its seconds."""
    strong = " strong" if step else ""
    width = round(max(end - start, 2), 1)
    about = f"{span.operation} {span.type} {span.name}: {span.start:.2f} s to {span.end:.2f} s"
    said = "".join(f"\n{seconds:.2f} s: {message}" for seconds, message in span.status)
    gap = f" after a gap of {step.gap:.1f} s" if step and step.gap >= SHORTEST_S else ""
    return [
        f'<rect class="{"critical" if step else "bar"}" x="{start}" y="{y - _BAR / 2}"'
        f' width="{width}" height="{_BAR}" rx="2"><title>{escape(about + said)}</title></rect>',
        f'<text class="quiet{strong}" x="{end + 8}" y="{y + 4}">{span.seconds:.1f} s{gap}</text>',
    ]


def _arrow(x0: float, y0: float, x1: float, y1: float) -> str:
    """From the end of a bar down to the start of a later one, through the space between rows."""
    return f'<path class="arrow" d="M{x0} {y0 + _BAR / 2}V{y0 + _ROW / 2}H{x1}V{y1 - _BAR / 2}"/>'
