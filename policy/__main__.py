"""The rules as a Pulumi policy pack, which asks them of every preview and update.

    cd policy && python3 -m venv venv && venv/bin/pip install --requirement requirements.txt
    pulumi preview --policy-pack policy

Its packages collide with MLflow's, so they have an environment of their own.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi_policy import (  # pyright: ignore[reportMissingImports]
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)

# Pulumi puts only policy/ on the path.
sys.path.append(str(Path(__file__).resolve().parents[1]))
from policy.objects import Rule
from policy.rules import OF_OBJECTS


def _plain(value: Any) -> Any:
    """What the pack's read-only views of an object show, as an object."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value


def _policy(rule: Rule) -> StackValidationPolicy:
    def validate(stack: StackValidationArgs, report: ReportViolation) -> None:
        objects = [
            {"kind": one.resource_type.rpartition(":")[2], **_plain(one.props)}
            for one in stack.resources
            if one.resource_type.startswith("kubernetes:")
        ]
        for finding in rule(objects):
            report(str(finding))

    return StackValidationPolicy(
        name=rule.__name__.replace("_", "-"), description=rule.__doc__ or "", validate=validate
    )


PolicyPack("mlplatform", [*map(_policy, OF_OBJECTS)], EnforcementLevel.MANDATORY)
