"""The files that runs leave behind: configuration, log, report, chart."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence

CHART_WIDTH_PX = 320
CHART_HEIGHT_PX = 160
_LOGGED_EVERY_STEPS = 5
_COLOURS = ((255, 255, 255), (31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40))


def configuration(params: Mapping[str, str]) -> bytes:
    """The hyper-parameters as JSON."""
    return json.dumps(params, indent=2).encode()


def log(metrics: Mapping[str, Sequence[float]], *, failed: bool) -> bytes:
    """What a training script would have printed."""
    steps = max(len(values) for values in metrics.values())
    lines = [
        f"step {step:>3}  " + "  ".join(f"{name}={metrics[name][step]:.4f}" for name in metrics)
        for step in range(0, steps, _LOGGED_EVERY_STEPS)
    ]
    lines.append("FloatingPointError: loss is nan" if failed else "done")
    return "\n".join([*lines, ""]).encode()


def report(title: str, table: Mapping[str, Sequence[str | float]]) -> bytes:
    """A table in Markdown."""
    names = list(table)
    rows = [f"| {' | '.join(map(str, row))} |" for row in zip(*table.values(), strict=True)]
    head = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    return "\n".join([f"# {title}", "", *head, *rows, ""]).encode()


def chart(curves: Sequence[Sequence[float]]) -> bytes:
    """A PNG with a line per curve, all on one scale.

    Written by hand (PNG specification, third edition: one byte per pixel, a palette, no filter):
    a plotting library would take longer to import than a small seed to make.
    """
    pixels = [bytearray(CHART_WIDTH_PX) for _ in range(CHART_HEIGHT_PX)]
    low = min(min(curve) for curve in curves)
    span = max(max(curve) for curve in curves) - low or 1.0
    for number, curve in enumerate(curves):
        colour = 1 + number % (len(_COLOURS) - 1)
        before = _row(curve[0], low, span)
        for x in range(CHART_WIDTH_PX):
            y = _row(curve[x * len(curve) // CHART_WIDTH_PX], low, span)
            # Without the points between, a steep curve would be dots.
            for between in range(min(y, before), max(y, before) + 1):
                pixels[between][x] = colour
            before = y
    header = struct.pack(">IIBBBBB", CHART_WIDTH_PX, CHART_HEIGHT_PX, 8, 3, 0, 0, 0)
    palette = b"".join(bytes(colour) for colour in _COLOURS)
    scanlines = b"".join(b"\0" + row for row in pixels)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", palette),
            _chunk(b"IDAT", zlib.compress(scanlines)),
            _chunk(b"IEND", b""),
        ]
    )


def _row(value: float, low: float, span: float) -> int:
    return round((1 - (value - low) / span) * (CHART_HEIGHT_PX - 1))


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
