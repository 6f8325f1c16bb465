"""The panels of the Grafana dashboard, drawn from what their queries tell of a live stack."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FuncFormatter, PercentFormatter, StrMethodFormatter

from drills.dashboard import as_asked, panels
from smoke_tests.client import http_session
from smoke_tests.settings import Settings

_SPAN_S = 300
_STEP_S = 15
"""How often a target is read."""
# Of Grafana's grid: 24 columns over the width, a row in the same measure.
_COLUMNS, _ROW_INCHES, _WIDTH_INCHES = 24, 0.3, 14
_ENOUGH_POINTS = 16
_UNITS = {
    "bytes": EngFormatter("B"),
    "Bps": EngFormatter("B/s"),
    "percentunit": PercentFormatter(1),
    "reqps": StrMethodFormatter("{x:g}/s"),
    "s": FuncFormatter(lambda seconds, _: _duration(seconds)),
    "d": StrMethodFormatter("{x:g} d"),
    "short": StrMethodFormatter("{x:g}"),
}
# Of the axis, for the legend.
_HEADROOM = 1.5


def is_told(settings: Settings) -> bool:
    """Whether the stack has been watched for long enough to draw lines."""
    requests = next(one for one in panels() if one["title"] == "Requests per second")
    lines = _lines(settings, requests["targets"][0])
    return max((len(points) for _, points in lines), default=0) >= _ENOUGH_POINTS


def draw(settings: Settings, picture: Path) -> None:
    """Draw every panel where the dashboard has it.

    Args:
        settings: a stack whose `monitoring` is `builtin`.
        picture: where it goes, as PNG.
    """
    drawn = panels()
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in drawn)
    figure = Figure(figsize=(_WIDTH_INCHES, rows * _ROW_INCHES), facecolor="white")
    for panel in drawn:
        place = panel["gridPos"]
        left, top = place["x"] / _COLUMNS, 1 - place["y"] / rows
        width, height = place["w"] / _COLUMNS, place["h"] / rows
        axes = figure.add_axes(
            (left + 0.06 * width + 0.02, top - 0.8 * height, 0.88 * width - 0.02, 0.6 * height)
        )
        lines = [line for target in panel["targets"] for line in _lines(settings, target)]
        _draw_panel(axes, panel, lines)
    figure.savefig(picture, dpi=80)


def _lines(
    settings: Settings, target: Mapping[str, Any]
) -> list[tuple[str, list[tuple[float, float]]]]:
    """What a query tells: a legend and the points, seconds since 1970 and value, of each line."""
    now = time.time()
    answer = http_session(settings).get(
        f"{settings.prometheus_url}/api/v1/query_range",
        params={
            "query": as_asked(target["expr"], settings.namespace),
            "start": now - _SPAN_S,
            "end": now,
            "step": _STEP_S,
        },
        timeout=30,
    )
    answer.raise_for_status()
    return [
        (_legend(target, one["metric"]), [(at, float(value)) for at, value in one["values"]])
        for one in answer.json()["data"]["result"]
    ]


def _legend(target: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    text: str = target.get("legendFormat", "")
    for name, value in labels.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return "none" if "{{" in text else text


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:g} ms"
    return f"{seconds:g} s" if seconds < 3600 else f"{seconds / 3600:.3g} h"


def _draw_panel(
    axes: Axes, panel: Mapping[str, Any], lines: Sequence[tuple[str, list[tuple[float, float]]]]
) -> None:
    for legend, points in lines:
        times = [float(date2num(datetime.fromtimestamp(at, UTC))) for at, _ in points]
        axes.plot(times, [value for _, value in points], label=legend, linewidth=1.2)
    axes.set_title(panel["title"], loc="left", fontsize=10)
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M"))
    axes.yaxis.set_major_formatter(_UNITS[panel["fieldConfig"]["defaults"]["unit"]])
    highest = max((value for _, points in lines for _, value in points), default=0)
    axes.set_ylim(0, (highest or 1) * _HEADROOM)
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.3)
    if lines:
        axes.legend(fontsize=6, loc="upper left", ncols=3, framealpha=0.6)
