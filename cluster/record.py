"""What was made or changed here, and how it was before: written down before each change.

A change that was interrupted is then known, and taking it back finds exactly what there was.
"""

import base64
import json
from pathlib import Path

from toolchain.paths import state_directory

Fact = str | bool | None
"""What was found; None where there was nothing."""


class Record:
    """Facts that outlive a command, in one file of the state directory."""

    def __init__(self, name: str) -> None:
        """Read what earlier calls have written down under `name`."""
        self._path = state_directory() / f"{name}.json"
        self._facts: dict[str, Fact] = {}
        if self._path.exists():
            self._facts = json.loads(self._path.read_text())

    def exists(self) -> bool:
        """Whether anything was written down."""
        return self._path.exists()

    def get(self, fact: str) -> Fact:
        """What was written down, or None."""
        return self._facts.get(fact)

    def note(self, fact: str, before: Fact) -> None:
        """Write down how something was, once: a second call must not take our change for it."""
        if fact not in self._facts:
            self.replace(fact, before)

    def replace(self, fact: str, value: Fact) -> None:
        """Write down something of our own making, which may change."""
        self._facts[fact] = value
        self._path.write_text(json.dumps(self._facts, indent=1))
        self._path.chmod(0o600)

    def facts(self) -> list[str]:
        """The names of all facts."""
        return list(self._facts)

    def replace_file(self, path: Path, content: str, mode: int = 0o644) -> bool:
        """Write a file of the host, keeping what was there; returns whether that changed it."""
        held = path.read_bytes() if path.exists() else None
        self.note(f"file {path}", None if held is None else base64.b64encode(held).decode())
        if held == content.encode():
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(mode)
        return True

    def replace_link(self, path: Path, target: Path) -> None:
        """Point a link of the host somewhere, unless a person has put something there."""
        if path.is_symlink() and path.readlink() == target:
            return
        if path.exists() and not path.is_symlink():
            return
        self.note(f"link {path}", str(path.readlink()) if path.is_symlink() else None)
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def restore_files(self) -> None:
        """Put every replaced file and link back."""
        for fact, before in self._facts.items():
            kind, _, name = fact.partition(" ")
            path = Path(name)
            if kind == "file":
                if not isinstance(before, str):
                    path.unlink(missing_ok=True)
                else:
                    path.write_bytes(base64.b64decode(before))
            elif kind == "link":
                path.unlink(missing_ok=True)
                if isinstance(before, str):
                    path.symlink_to(before)

    def forget(self) -> None:
        """All is as it was: nothing more to remember."""
        self._facts = {}
        self._path.unlink(missing_ok=True)
