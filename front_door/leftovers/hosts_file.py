"""The lines of /etc/hosts that `make hosts` has printed and a person has put there."""

from pathlib import Path

from toolchain.process import say

HOSTS_FILE = Path("/etc/hosts")
_AS_IT_IS = {"encoding": "utf-8", "errors": "surrogateescape"}
"""Comments in other encodings survive."""


def marked(line: str, stack: str) -> str:
    """End a line so that it is known as the stack's when that is destroyed."""
    return f"{line} {_mark(stack)}"


def remove(stack: str) -> None:
    """Delete the stack's lines; lines without its mark are nobody's.

    Where this user may not write the file, a person is told how: no repetition could help.
    """
    lines = _lines()
    kept = [line for line in lines if not _is(line, stack)]
    if kept == lines:
        return
    try:
        # In place: in a container the file is a mount, and cannot be replaced by another.
        HOSTS_FILE.write_text("".join(f"{line}\n" for line in kept), **_AS_IT_IS)
    except OSError:
        say(
            f"A line of stack {stack} stays in {HOSTS_FILE}, which only root may change:\n"
            f"  sudo sed -i.bak '/{_mark(stack)}$/d' {HOSTS_FILE}"
        )


def _mark(stack: str) -> str:
    return f"# mlplatform stack {stack}"


def _is(line: str, stack: str) -> bool:
    return line.rstrip().endswith(_mark(stack))


def _lines() -> list[str]:
    return HOSTS_FILE.read_text(**_AS_IT_IS).splitlines() if HOSTS_FILE.exists() else []
