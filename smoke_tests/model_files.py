"""The files of a model, as its MLmodel describes them."""

from __future__ import annotations

from pathlib import Path

import yaml


def forget_python(directory: Path) -> None:
    """Let a model of which nothing is pickled not say which Python made it: any will do.

    Args:
        directory: of its files.
    """
    file = directory / "MLmodel"
    facts = yaml.safe_load(file.read_text())
    del facts["flavors"]["python_function"]["python_version"]
    file.write_text(yaml.safe_dump(facts))
