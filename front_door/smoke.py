"""Points the smoke tests, the seed and the accounts at a stack."""

import os

from front_door.request import Request
from smoke_tests.outputs import completed
from smoke_tests.settings import PREFIX
from toolchain.paths import ROOT
from toolchain.process import show

SUITE_TIMEOUT_S = 300
SEED_TIMEOUT_S = 1800
ACCOUNTS_TIMEOUT_S = 120


def run_suite(request: Request, tests: str = "smoke_tests") -> None:
    """Run the smoke tests, or those of one file.

    Raises:
        Failed: a test did; the suite has printed which and why.
    """
    show(
        ["python", "-m", "pytest", tests],
        timeout=SUITE_TIMEOUT_S,
        env=environment(request),
        cwd=ROOT,
        todo="read the report above, mend it, and repeat with `make smoke`",
    )


def run_seed(request: Request) -> None:
    """Run the seed."""
    command = ["python", "-m", "seed"]
    show(
        command,
        timeout=SEED_TIMEOUT_S,
        env=environment(request),
        cwd=ROOT,
        todo="mend what is named above and repeat: it goes on where it ended",
    )


def run_accounts(request: Request) -> None:
    """Make a user of MLflow, or change one: NAME, ROLE, ROTATE."""
    command = ["python", "-m", "accounts"]
    show(command, timeout=ACCOUNTS_TIMEOUT_S, env=environment(request), cwd=ROOT)


def environment(request: Request) -> dict[str, str]:
    """The variables that name a stack to its clients, and this process's own."""
    # Those of a person's shell may name another stack.
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return completed(own, request.stack)
