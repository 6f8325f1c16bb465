"""What nobody expects on another's machine: each is either fine, or refused early and in words."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from drills.command import Ended
from drills.row import Row
from tests.rehearsals import person
from tests.rehearsals.isolation import PLACE

EARLY_S = 60
"""Before the long work: on a busy machine, Python and its packages included."""


def run(variables: Mapping[str, str]) -> Iterator[Row]:
    """One after the other, on a machine with the node's stand-in.

    Args:
        variables: let Minikube take it.
    """
    yield from _engine(variables)
    yield from _programs(variables)


def _engine(variables: Mapping[str, str]) -> Iterator[Row]:
    stopped = {"DOCKER_HOST": "unix:///run/stopped.sock"}
    for who in (person.settle("root", variables), person.settle("ben", variables)):
        ended = who.make("up", stopped, EARLY_S)
        yield _says(f"{who.name}: Docker is stopped", "start", ended)
    outsider = person.settle("may", variables, groups=())
    ended = outsider.make("up", timeout=EARLY_S)
    yield _says("may: not in group docker", "--groups docker", ended)
    yield _says("root: Docker", "MINIKUBE_FORCE", person.settle("root", variables).make("up"))


def _programs(variables: Mapping[str, str]) -> Iterator[Row]:
    """Programs that are too old or not there: what is missing is said before it is built."""
    cal = person.settle("cal", variables)
    old = cal.home / "old"
    old.mkdir()
    pulumi = old / "pulumi"
    pulumi.write_text("#!/bin/sh\necho v3.100.0\n")
    pulumi.chmod(0o755)
    ended = cal.make("up", {"PATH": person.path(old)}, EARLY_S)
    yield _says("cal: an old Pulumi", "3.100.0", ended, ends=False)
    with _without(PLACE / "installed/kubectl", "/usr/local/bin/kubectl", "/usr/bin/kubectl"):
        ended = cal.make("up", timeout=EARLY_S)
    yield _says("cal: no kubectl", "kubectl: none", ended, ends=False)
    dan = person.settle("dan", variables)
    with _without("/usr/lib/python3.11/ensurepip"):
        ended = dan.make("up", timeout=EARLY_S)
    yield _says("dan: Python without venv", "apt-get install python3-venv", ended)
    with _without("/usr/lib/python3/dist-packages/pip"):
        ended = dan.make("up", timeout=EARLY_S)
    yield _says("dan: Python without pip", "Installing the Python packages", ended, ends=False)


@contextmanager
def _without(*paths: Path | str) -> Iterator[None]:
    """Take files away until the block ends; only from inside, where they are copies."""
    present = [Path(path) for path in paths if Path(path).exists()]
    for path in present:
        shutil.move(path, f"{path}.away")
    try:
        yield
    finally:
        for path in present:
            shutil.move(f"{path}.away", path)


def _says(what: str, words: str, ended: Ended, *, ends: bool = True) -> Row:
    """Whether a person is told these words early, and the command ends where it must."""
    found = ended.first(words)
    return Row(
        what,
        f"says {words!r}" + (", ends" if ends else ""),
        f"{found[0]:.0f} s: {found[1]}" if found else f"not in {ended.seconds:.0f} s",
        passed=found is not None and (not ends or (ended.failed and not ended.timed_out)),
    )
