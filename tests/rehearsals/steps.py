"""What everybody does, whatever the way, each with what must come of it."""

import re
from collections.abc import Iterator, Mapping

from drills.command import Ended
from drills.row import Row
from tests.rehearsals.person import Person
from toolchain.process import run as call

EARLY_S = 60
"""Before the long work: on a busy machine, Python and its packages included."""


def up(who: Person, what: str, variables: Mapping[str, str] | None = None) -> Row:
    """`make up`, with its smoke tests."""
    return _judged(who, what, who.make("up", variables))


def smoke(who: Person, what: str, variables: Mapping[str, str] | None = None) -> Row:
    """`make smoke`."""
    return _judged(who, what, who.make("smoke", variables))


def _judged(who: Person, what: str, ended: Ended) -> Row:
    counts = re.findall(r"\d+ passed", ended.printed)
    return Row(
        f"{who.name}: {what}",
        "the smoke tests pass",
        f"{seconds(ended)}, {counts[-1] if counts else 'no smoke test'}",
        passed=not ended.failed,
    )


def listed(who: Person, variables: Mapping[str, str] | None = None) -> Row:
    """`make list`."""
    printed = who.make("list", variables).printed
    row = next((line for line in printed.splitlines() if line.startswith("dev ")), "no row")
    shown = " ".join(row.split())
    passed = "3/3" in shown and " 0 MB" not in shown
    return Row(f"{who.name}: make list", "3/3 are ready, a size", shown, passed)


def down(who: Person, variables: Mapping[str, str] | None = None) -> Iterator[Row]:
    """`make down`, with the line in /etc/hosts that only root may delete."""
    line = who.make("-s hosts", variables).printed.splitlines()[-1]
    call(["tee", "--append", "/etc/hosts"], timeout=10, stdin=f"{line}\n")
    for what, goal in (("make down", "nothing is left, ends with 0"), ("again", "ends with 0")):
        ended = who.make("down", variables)
        yield Row(f"{who.name}: {what}", goal, seconds(ended), passed=not ended.failed)


def cluster_down(who: Person) -> Iterator[Row]:
    """`make cluster-down`, which leaves nothing in the engine but images."""
    ended = who.make("cluster-down")
    left = [
        *call(["docker", "ps", "--all", "--quiet"], timeout=30).split(),
        *call(["docker", "volume", "ls", "--quiet"], timeout=30).split(),
        *map(str, (who.home / ".minikube/profiles").glob("*")),
    ]
    yield Row(
        f"{who.name}: make cluster-down",
        "no container, volume or profile is left",
        f"{seconds(ended)}, {len(left)} left",
        passed=not ended.failed and not left,
    )


def told(what: str, words: str, ended: Ended, *, ends: bool = True) -> Row:
    """Whether a person is told these words early, and the command ends where it must.

    Args:
        what: was done.
        words: that must be among those that the command printed.
        ended: the command.
        ends: whether it must fail, and by itself.
    """
    found = ended.first(words)
    return Row(
        what,
        f"says {words!r}" + (", ends" if ends else ""),
        f"{found[0]:.0f} s: {found[1]}" if found else f"not in {ended.seconds:.0f} s",
        passed=found is not None and (not ends or (ended.failed and not ended.timed_out)),
    )


def seconds(ended: Ended) -> str:
    """How long a command took, and whether it failed."""
    return f"{ended.seconds:.0f} s" + (", failed" if ended.failed else "")
