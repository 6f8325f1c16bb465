"""The hook for what no setting is for: a function of the user's has the last word."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi

from mlplatform.settings import Settings

_ROOT = Path(__file__).resolve().parents[2]


def register(settings: Settings) -> None:
    """Hand every resource that comes to the function that the settings name.

    Args:
        settings: the settings of the stack.
    """
    if settings.transforms is not None:
        pulumi.runtime.register_resource_transform(load(settings.transforms))


def load(file: str) -> Callable[..., Any]:
    """Return the function `transform` of a file.

    Args:
        file: its path, from the checkout on.

    Raises:
        pulumi.RunError: there is no such function.
    """
    found = runpy.run_path(str(_ROOT / file)).get("transform")
    if not callable(found):
        raise pulumi.RunError(
            f"{file}: got no function `transform`, want one: presets/transform.py"
        )
    return found
