"""What nobody expects on another's machine: each is either fine, or refused early and in words."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from drills.row import Row
from tests.rehearsals import person, steps
from tests.rehearsals.isolation import PLACE


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
        ended = who.make("up", stopped, steps.EARLY_S)
        yield steps.told(f"{who.name}: Docker is stopped", "start", ended)
    outsider = person.settle("may", variables, groups=())
    ended = outsider.make("up", timeout=steps.EARLY_S)
    yield steps.told("may: not in group docker", "--groups docker", ended)
    yield steps.told("root: Docker", "MINIKUBE_FORCE", person.settle("root", variables).make("up"))


def _programs(variables: Mapping[str, str]) -> Iterator[Row]:
    """Programs that are too old or not there: what is missing is said before it is built."""
    cal = person.settle("cal", variables)
    old = cal.home / "old"
    old.mkdir()
    pulumi = old / "pulumi"
    pulumi.write_text("#!/bin/sh\necho v3.100.0\n")
    pulumi.chmod(0o755)
    ended = cal.make("up", {"PATH": person.path(old)}, steps.EARLY_S)
    yield steps.told("cal: an old Pulumi", "3.100.0", ended, ends=False)
    with _without(PLACE / "installed/kubectl", "/usr/local/bin/kubectl", "/usr/bin/kubectl"):
        ended = cal.make("up", timeout=steps.EARLY_S)
    yield steps.told("cal: no kubectl", "kubectl: none", ended, ends=False)
    dan = person.settle("dan", variables)
    with _without("/usr/lib/python3.11/ensurepip"):
        ended = dan.make("up", timeout=steps.EARLY_S)
    yield steps.told("dan: Python without venv", "apt-get install python3-venv", ended)
    with _without("/usr/lib/python3/dist-packages/pip"):
        ended = dan.make("up", timeout=steps.EARLY_S)
    yield steps.told("dan: Python without pip", "Installing the Python packages", ended, ends=False)


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
