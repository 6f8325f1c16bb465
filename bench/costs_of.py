"""Measures a stack in a process of its own: MLflow reads the client's environment at import."""

from __future__ import annotations

import json

from bench.table import Figure
from front_door import smoke
from front_door.request import Request
from toolchain.paths import ROOT
from toolchain.process import run, show

_COMMAND = ("python", "-m", "bench.costs")
_TIMEOUT_S = 900


def print_costs(stack: Request) -> None:
    """Measure, and let the process print its table."""
    show([*_COMMAND], timeout=_TIMEOUT_S, env=smoke.environment(stack), cwd=ROOT)


def costs(stack: Request) -> list[Figure]:
    """Measure, and return the figures."""
    environment = smoke.environment(stack)
    printed = run([*_COMMAND, "--json"], timeout=_TIMEOUT_S, env=environment, cwd=ROOT)
    return [Figure(**figure) for figure in json.loads(printed)]
