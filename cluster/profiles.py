"""Minikube's profiles: where they lie, and which of them this project has made."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

DEFAULT = "minikube"
MARK = "mlplatform"
"""A file in a profile of our own: it goes with the profile, and no other profile has it."""


def profile() -> str:
    """The Minikube profile that commands are for, which is also the name of its context."""
    return option("profile") or DEFAULT


def select(name: str) -> None:
    """Let every command from now on, Minikube's own too, be for another profile."""
    os.environ["MINIKUBE_PROFILE"] = name


def addresses(name: str) -> list[str]:
    """The addresses of a profile's nodes, as far as they were started."""
    return [node["IP"] for node in _read(_config(name)).get("Nodes", [])]


def option(name: str) -> str | None:
    """An option of Minikube's that the user has set: in the environment, or for all profiles.

    Args:
        name: as `minikube config set` takes it.
    """
    configured = _read(minikube_home() / "config/config.json").get(name)
    return os.environ.get(f"MINIKUBE_{name.upper()}") or configured


def minikube_home() -> Path:
    """Where Minikube keeps its profiles and its cache (MiniPath in its localpath.go)."""
    home = Path(os.environ.get("MINIKUBE_HOME") or Path.home())
    return home if home.name == ".minikube" else home / ".minikube"


def directory(name: str) -> Path:
    """Where a profile lies, or would lie."""
    return minikube_home() / "profiles" / name


def exists(name: str) -> bool:
    """Whether Minikube knows the profile, or this project has begun to make it."""
    return _config(name).exists() or is_ours(name)


def driver(name: str) -> str | None:
    """The driver of a profile; None where there is no such profile."""
    return _read(_config(name)).get("Driver")


def chosen_driver() -> str | None:
    """The driver that the current profile has, or would have because the user said so."""
    return driver(profile()) or option("driver")


def mark(name: str) -> None:
    """Mark a profile that does not exist yet as our own, before anything of it is made."""
    directory(name).mkdir(parents=True, exist_ok=True)
    (directory(name) / MARK).write_text("Made by `make cluster`: `make cluster-down` deletes it.\n")


def is_ours(name: str) -> bool:
    """Whether this project has made the profile, and may delete it."""
    return (directory(name) / MARK).exists()


def is_anothers(name: str) -> bool:
    """Whether the profile was there before this project: nothing of it may be changed or lost."""
    return exists(name) and not is_ours(name)


def forget(name: str) -> None:
    """Delete what Minikube has left of a profile of our own, where it had not begun to make it."""
    if is_ours(name):
        shutil.rmtree(directory(name))


def _config(name: str) -> Path:
    return directory(name) / "config.json"


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text()) if file.exists() else {}
