"""`make lint`: every checker of the repository, all of them even if one complains."""

import subprocess
import sys

from toolchain.paths import ROOT

CHECKERS = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["pyright"],
}


def main() -> int:
    """Return the number of checkers that complained."""
    tracked = subprocess.run(
        ["git", "ls-files", "*.sh"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    checkers = {**CHECKERS, "shell": ["shellcheck", *tracked]}
    failed = [
        name
        for name, command in checkers.items()
        if subprocess.run(command, cwd=ROOT, check=False).returncode
    ]
    print(
        f"lint: {', '.join(failed)} failed" if failed else f"lint: {len(checkers)} checkers passed"
    )
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
