"""`make bench COMPARE=serving`: a served model beside MLflow's own server of the same model."""

from __future__ import annotations

import dataclasses
import secrets

from front_door import destroy, pulumi, smoke
from front_door.request import Request
from toolchain.paths import ROOT
from toolchain.process import run

MODEL = "bench-wine"
ALIAS = "champion"
_TIMEOUT_S = 900


def compare(request: Request, repetitions: int) -> str:
    """Serve a model in a stack of its own and by `mlflow models serve`, and measure both.

    Args:
        request: where; its own stack is left alone.
        repetitions: how often each is measured, in turn.

    Returns:
        A table: a line per figure, a column per server, and the second over the first.
    """
    own = dataclasses.replace(request, stack=f"bench-{secrets.token_hex(2)}")
    try:
        pulumi.configure(own.stack, {"models": f"[{{name: {MODEL}, alias: {ALIAS}}}]"})
        pulumi.up(own)
        # A process of its own: MLflow reads the client's environment when it is imported.
        return run(
            ["python", "-m", "bench.serving_rates", str(repetitions)],
            timeout=_TIMEOUT_S,
            env=smoke.environment(own),
            cwd=ROOT,
        )
    finally:
        destroy.destroy(own)
        pulumi.forget_settings(own.stack)
