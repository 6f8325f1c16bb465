"""The rules as a Pulumi policy pack, which asks them of a preview or an update.

In `make shell`: pulumi preview --policy-pack policy
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
from pulumi_policy.proxy import UnknownValueError  # pyright: ignore[reportMissingImports]

# Pulumi puts only policy/ on the path.
sys.path.append(str(Path(__file__).resolve().parents[1]))
from policy.objects import Rule
from policy.rules import OF_OBJECTS

_LATER = "known after the update"


def _plain(value: Any) -> Any:
    """What the pack's read-only views of an object show, as an object."""
    if isinstance(value, Mapping):
        return {key: _inner(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_inner(value, index) for index in range(len(value))]
    return value


def _inner(value: Any, key: Any) -> Any:
    try:
        return _plain(value[key])
    except UnknownValueError:  # in a preview: a generated secret, a name of the cluster's
        return _LATER


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
