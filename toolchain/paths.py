"""Where the project keeps what does not belong in a checkout (XDG Base Directory specification)."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""


def cache_directory() -> Path:
    """What can be made again: built programs, the virtual environment."""
    return _base("XDG_CACHE_HOME", ".cache")


def state_directory() -> Path:
    """What cannot be made again: stack states, passphrase, host record; closed to others."""
    directory = _base("XDG_STATE_HOME", ".local/state")
    directory.chmod(0o700)
    return directory


def _base(variable: str, fallback: str) -> Path:
    home = os.environ.get(variable) or Path.home() / fallback
    directory = Path(home) / "mlplatform"
    directory.mkdir(parents=True, exist_ok=True)
    return directory
