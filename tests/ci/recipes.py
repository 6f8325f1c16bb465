"""The recipes of ci/, read the way their platforms read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
GITHUB = sorted((ROOT / "ci/github-actions").glob("*.yml"))
GITLAB = sorted((ROOT / "ci/gitlab").glob("*.yml")) + sorted((ROOT / "ci/gitlab").glob(".*.yml"))
GITLAB_SCRIPTS = ("before_script", "script", "after_script")


def load(file: Path) -> dict[Any, Any]:
    """A recipe as plain data."""
    return yaml.safe_load(file.read_text())


def github_jobs(file: Path) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow, by name."""
    return load(file)["jobs"]


def github_steps(file: Path) -> Iterator[dict[str, Any]]:
    """Every step of a workflow."""
    for job in github_jobs(file).values():
        yield from job["steps"]


def gitlab_jobs(file: Path) -> dict[str, dict[str, Any]]:
    """The jobs of a pipeline, by name."""
    return {
        name: job
        for name, job in load(file).items()
        if isinstance(job, dict) and any(script in job for script in GITLAB_SCRIPTS)
    }


def scripts() -> dict[str, str]:
    """Every shell script of every recipe, by where it is."""
    found: dict[str, str] = {}
    for file in GITHUB:
        for number, step in enumerate(github_steps(file)):
            if "run" in step:
                found[f"{file.name}, {step.get('name', number)}"] = step["run"]
    for file in GITLAB:
        for name, job in gitlab_jobs(file).items():
            lines = [line for script in GITLAB_SCRIPTS for line in job.get(script, [])]
            found[f"{file.name}, {name}"] = "\n".join(lines)
    return found


def texts(data: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text below a piece of data, with the keys that lead to it."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from texts(value, (*path, str(key)))
    elif isinstance(data, list):
        for value in data:
            yield from texts(value, path)
    elif isinstance(data, str):
        yield path, data
