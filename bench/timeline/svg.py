"""A Gantt chart as a picture that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

from bench.timeline.path import Step
from bench.timeline.rows import SHORTEST_S, left_out, rows, ticks
from bench.timeline.spans import Span

_WIDTH, _RIGHT = 1100, 170
_TOP, _BOTTOM = 72, 48
_ROW, _BAR = 24, 14
_CHARACTER = 7.2
"""Width of a letter, about: so much room is left for names."""

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


class _Layout:
    """Where things are, in the units of the picture."""

    def __init__(self, shown: Sequence[Span]) -> None:
        self._rows = {span: row for row, span in enumerate(shown)}
        self.length = max(span.end for span in shown)
        self.left = 30 + max(len(span.label) for span in shown) * _CHARACTER
        self.bottom = _TOP + _ROW * len(shown)
        self.height = self.bottom + _BOTTOM

    def x(self, seconds: float) -> float:
        return round(self.left + seconds / self.length * (_WIDTH - self.left - _RIGHT), 1)

    def y(self, span: Span) -> float:
        """The middle of its row."""
        return _TOP + self._rows[span] * _ROW + _ROW / 2


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
    at = _Layout(shown)
    steps = {step.span: step for step in path}
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {at.height}">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            _TIP,
            f'<rect class="background" width="{_WIDTH}" height="{at.height}" rx="8"/>',
            f'<text class="title" x="16" y="28">{escape(title)}</text>',
            *_legend(left_out(spans, shown)),
            *_grid(at),
            *(_arrow(before.span, after.span, at) for before, after in pairwise(path)),
            *(element for span in shown for element in _row(span, steps.get(span), at)),
            "</svg>",
            "",
        ]
    )


def _legend(left_out: str) -> list[str]:
    return [
        '<rect class="critical" x="16" y="40" width="12" height="12" rx="2"/>',
        '<text x="34" y="50">on the critical path</text>',
        '<rect class="bar" x="176" y="40" width="12" height="12" rx="2"/>',
        '<text x="194" y="50">not on it</text>',
        '<path class="arrow" d="M290 46H312"/>',
        '<text x="320" y="50">waited for it</text>',
        f'<text class="quiet" x="430" y="50">{left_out}</text>',
    ]


def _grid(at: _Layout) -> list[str]:
    drawn: list[str] = []
    for tick in ticks(at.length):
        x = at.x(tick)
        drawn.append(f'<line class="grid" x1="{x}" y1="{_TOP}" x2="{x}" y2="{at.bottom}"/>')
        drawn.append(f'<text class="tick quiet" x="{x}" y="{at.bottom + 18}">{tick} s</text>')
    return drawn


def _row(span: Span, step: Step | None, at: _Layout) -> list[str]:
    """A name, a bar that says more when it is pointed at, and its seconds."""
    start, end, y = at.x(span.start), at.x(span.end), at.y(span)
    strong = " strong" if step else ""
    width = round(max(end - start, 2), 1)
    about = f"{span.operation} {span.type} {span.name}: {span.start:.2f} s to {span.end:.2f} s"
    said = "".join(f"\n{seconds:.2f} s: {message}" for seconds, message in span.status)
    gap = f" after a gap of {step.gap:.1f} s" if step and step.gap >= SHORTEST_S else ""
    return [
        f'<text class="name{strong}" x="{at.x(0) - 10}" y="{y + 4}">{escape(span.label)}</text>',
        f'<rect class="{"critical" if step else "bar"}" x="{start}" y="{y - _BAR / 2}"'
        f' width="{width}" height="{_BAR}" rx="2"><title>{escape(about + said)}</title></rect>',
        f'<text class="quiet{strong}" x="{end + 8}" y="{y + 4}">{span.seconds:.1f} s{gap}</text>',
    ]


def _arrow(before: Span, after: Span, at: _Layout) -> str:
    """From the end of a bar down to the start of a later one, through the space between rows."""
    leave, between = at.y(before) + _BAR / 2, at.y(before) + _ROW / 2
    arrive = at.y(after) - _BAR / 2
    return (
        f'<path class="arrow" d="M{at.x(before.end)} {leave}V{between}'
        f'H{at.x(after.start)}V{arrive}"/>'
    )
