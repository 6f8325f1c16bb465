"""What a model needs against what there is; MLflow only warns, and then predicts."""

import platform
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml
from mlflow.ml_package_versions import _ML_PACKAGE_VERSIONS
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name


def installed_version(package: str) -> str | None:
    """Return the version of an installed package; None where there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def differences(
    model: Path,
    python: str = platform.python_version(),
    installed: Callable[[str], str | None] = installed_version,
) -> list[str]:
    """Name what a model was made with and would not be run with.

    Python's minor version decides what pickled code means, and the package of the flavour what the
    model's file means; another of either may predict wrong numbers without an error.

    Args:
        model: directory of the model.
        python: version of the Python that would run it.
        installed: returns the version of a package that would.
    """
    flavors: dict[str, Any] = yaml.safe_load((model / "MLmodel").read_text())["flavors"]
    found = []
    made_with = flavors.get("python_function", {}).get("python_version")
    if made_with and _minor(made_with) != _minor(python):
        found.append(f"it was made with Python {_minor(made_with)}, this is {_minor(python)}")
    for wanted in _packages(flavors, _requirements(model)):
        there = installed(canonicalize_name(wanted.name))
        if there is None:
            found.append(f"it needs {wanted}, which is not installed")
        elif not wanted.specifier.contains(there, prereleases=True):
            found.append(f"it needs {wanted}, this is {there}")
    return found


def _packages(
    flavors: Mapping[str, Any], requirements: Mapping[str, Requirement]
) -> Iterator[Requirement]:
    """The packages of the model's flavours, as its requirements want them."""
    for flavor, facts in flavors.items():
        known = _ML_PACKAGE_VERSIONS.get(flavor)
        if known is None:
            continue
        package = known["package_info"]["pip_release"]
        recorded = facts.get(f"{flavor}_version")
        if package in requirements:
            yield requirements[package]
        elif recorded:
            yield Requirement(f"{package}=={recorded}")


def _requirements(model: Path) -> Mapping[str, Requirement]:
    """The model's requirements by name; pip's options and addresses among them are none."""
    file = model / "requirements.txt"
    found: dict[str, Requirement] = {}
    for line in file.read_text().splitlines() if file.exists() else ():
        try:
            requirement = Requirement(line.partition(" #")[0].strip())
        except InvalidRequirement:
            continue
        found[canonicalize_name(requirement.name)] = requirement
    return found


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])
