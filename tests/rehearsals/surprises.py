"""What nobody expects on another's machine: each is either fine, or refused early and in words."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from drills.command import Ended
from drills.row import Row
from tests.rehearsals import person, steps
from tests.rehearsals.isolation import HOST, PLACE
from tests.rehearsals.person import Person
from toolchain.process import run as call
from toolchain.process import succeeds

PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy")
NOWHERE: Mapping[str, str] = dict.fromkeys(PROXIES, f"http://{HOST}:9")
"""A proxy that refuses: nobody listens at that port of the machine outside."""
OWN = {"MINIKUBE_PROFILE": "", "MINIKUBE_PORTS": ""}
"""Of whoever has set neither: the Minikube that a person has for other things."""


def run(variables: Mapping[str, str]) -> Iterator[Row]:
    """One after the other, on a machine with the node's stand-in.

    Args:
        variables: let Minikube take it.
    """
    yield from _engine(variables)
    yield from _programs(variables)
    yield from _beside_a_minikube(variables)


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


def _beside_a_minikube(variables: Mapping[str, str]) -> Iterator[Row]:
    """Somebody has a Minikube for other things; all that needs a cluster shares a second one."""
    place = PLACE / "home/fay/mini kube"
    fay = person.settle(
        "fay",
        {
            **variables,
            "MINIKUBE_HOME": str(place),
            "MINIKUBE_PROFILE": "second",
            "MINIKUBE_PORTS": "127.0.0.1:80:80",
            "PIP_REQUIRE_VIRTUALENV": "true",
        },
        clone="my work/ml platform",
        minikube="mini kube/.minikube",
    )
    fay.call(["minikube", "start", "--wait=all"], OWN)
    ended = fay.make("up", NOWHERE)
    yield steps.told("fay: a first make up, a proxy that leads nowhere", "proxy", ended)
    yield steps.up(fay, "spaces, MINIKUBE_HOME, MINIKUBE_PROFILE, PIP_REQUIRE_VIRTUALENV")
    there = [name for name in ("minikube", "second") if _has_stack(fay, name)]
    what = "fay: MINIKUBE_PROFILE=second, the profiles with the stack"
    yield Row(what, "second", ", ".join(there), passed=there == ["second"])
    yield steps.up(fay, "a proxy that leads nowhere, no NO_PROXY", NOWHERE)
    passed_by = {"NO_PROXY": "192.168.0.0/16,.local"}
    yield steps.smoke(fay, "a proxy that leads nowhere, NO_PROXY", {**NOWHERE, **passed_by})
    yield from _unreachable_node(fay)
    yield from _read_only(fay)
    ended = fay.make("cluster-down")
    yield _left(fay, "MINIKUBE_PROFILE=second make cluster-down", ended)
    written_otherwise = OWN | {"MINIKUBE_HOME": str(place / ".minikube")}
    fay.make("cluster", written_otherwise)
    ended = fay.make("cluster-down", written_otherwise)
    yield _left(fay, "MINIKUBE_HOME=.../.minikube make cluster-down", ended)
    fay.call(["minikube", "delete"], OWN)


def _has_stack(who: Person, context: str) -> bool:
    place = [f"--kubeconfig={who.home / '.kube/config'}", f"--context={context}"]
    return succeeds(["kubectl", *place, "get", "namespace", "mlplatform-dev"])


def _unreachable_node(who: Person) -> Iterator[Row]:
    """As on macOS: what is sent to the node vanishes, and its port may be published or not."""
    [node] = who.get("nodes")
    address = node["status"]["addresses"][0]["address"]
    with _vanishing(who, address):
        yield steps.smoke(who, f"{address} out of reach, port 80 published")
    with _vanishing(who, address, "127.0.0.1"):
        ended = who.make("smoke", timeout=steps.EARLY_S)
        what = f"{who.name}: {address} out of reach, port 80 not published"
        yield steps.told(what, "minikube tunnel", ended)


_VANISHING = """table ip vanishing {{
  chain output {{
    type filter hook output priority filter
    meta skuid {user} ip daddr {{ {addresses} }} tcp dport 80 drop
  }}
}}
"""


@contextmanager
def _vanishing(who: Person, *addresses: str) -> Iterator[None]:
    """Drop what somebody sends to port 80 of addresses; Docker itself reaches the node, as there.

    The API server stays: where Minikube knows that a node is out of reach, it publishes that.
    """
    text = _VANISHING.format(user=who.name, addresses=", ".join(addresses))
    call(["nft", "--file", "-"], timeout=10, stdin=text)
    try:
        yield
    finally:
        call(["nft", "delete", "table", "ip", "vanishing"], timeout=10)


def _read_only(who: Person) -> Iterator[Row]:
    call(["chmod", "--recursive", "a-w", who.checkout], timeout=60)
    yield steps.up(who, "a read-only checkout, a stack that is there")
    ended = who.make("up STACK=new", timeout=steps.EARLY_S)
    what = f"{who.name}: a read-only checkout, a new stack"
    yield steps.told(what, "clone the project to where you may", ended)
    call(["chmod", "--recursive", "u+w", who.checkout], timeout=60)


def _left(who: Person, what: str, ended: Ended) -> Row:
    """Whether the Minikube that the person has for other things, and no other, is left."""
    names = call(["docker", "ps", "--all", "--format={{.Names}}"], timeout=30).split()
    return Row(
        f"{who.name}: {what}",
        "left: minikube",
        f"{steps.seconds(ended)}, left: {', '.join(names) or 'nothing'}",
        passed=not ended.failed and names == ["minikube"],
    )
