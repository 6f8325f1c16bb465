"""The rules as a policy pack: a stack as it is passes, and one with a planted fault does not."""

from __future__ import annotations

import os
from collections.abc import Iterator

from drills import command
from drills.row import Row
from drills.stand import planned
from front_door import pulumi
from front_door.request import Request
from toolchain.paths import ROOT

_FAULT, _RULE = "drills/planted.py", "namespaces-of-its-own"


def run(request: Request) -> Iterator[Row]:
    """Preview a new stack, which is shared, and then with the fault."""
    with planned(request, "policy") as stand:
        stack = stand.request.stack
        pulumi.configure(stack, {"ephemeral": "false"})
        passed = _preview(stack)
        figure = f"{'refused' if passed.failed else 'passes'} in {passed.seconds:.0f} s"
        what = "pulumi preview --policy-pack policy"
        yield Row(what, "passes", figure, "✅ mlplatform" in passed.printed and not passed.failed)
        pulumi.configure(stack, {"transforms": _FAULT})
        refused = _preview(stack)
        named = refused.first(_RULE)
        figure = named[1] if named else "not named"
        yield Row(
            f"{what}, a pod on the node's network", f"{_RULE} refuses", figure, refused.failed
        )


def _preview(stack: str) -> command.Ended:
    preview = ["pulumi", "preview", "--stack", stack, "--policy-pack", "policy"]
    return command.run(
        [*preview, "--non-interactive", "--color=never"], environment=os.environ, directory=ROOT
    )
