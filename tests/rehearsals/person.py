"""Somebody with Docker, Minikube, kubectl and Pulumi installed, and a clone in an own home."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drills import command
from drills.command import Ended
from tests.rehearsals import engine
from tests.rehearsals.isolation import PLACE, directory
from toolchain import build, programs
from toolchain.paths import ROOT
from toolchain.process import run, say, succeeds
from toolchain.programs import KUBERNETES_VERSION, Program, machine_architecture

INSTALLED = (*programs.PULUMI[:2], programs.MINIKUBE, programs.KUBECTL)
LENT = (programs.MINIO, programs.TRAEFIK)
"""What `make up` would build or fetch: its own affair, and the same on every way."""
PROVIDER = programs.PULUMI[2]
_KEPT = ("PIP_", "SSL_", "REQUESTS_", "HTTP", "NO_PROXY", "LANG", "TERM")
"""Variables that say how packages are reached; the others would make this person another."""
TIMEOUT_S = 1200


@dataclass(frozen=True)
class Person:
    """An account, its home and a clone in it.

    Attributes:
        name: of the account.
        variables: what is set in its shell.
        clone: where the clone is in the home.
    """

    name: str
    variables: Mapping[str, str]
    clone: str = "mlplatform"

    @property
    def home(self) -> Path:
        """The home, as seen from inside."""
        return PLACE / "home" / self.name

    @property
    def checkout(self) -> Path:
        """The clone."""
        return self.home / self.clone

    def configure(self, values: Mapping[str, str]) -> None:
        """Set values of the stack `dev`, as `pulumi config set` does."""
        lines = ["config:", *(f'  mlplatform:{key}: "{value}"' for key, value in values.items())]
        self.write("Pulumi.dev.yaml", "\n".join([*lines, ""]))

    def write(self, name: str, text: str) -> None:
        """Write a file of the clone."""
        file = self.checkout / name
        file.write_text(text)
        shutil.chown(file, self.name)

    def make(
        self, target: str, variables: Mapping[str, str] | None = None, timeout: float = TIMEOUT_S
    ) -> Ended:
        """Call `make`, as from the person's own shell.

        Args:
            target: and what else stands in the line.
            variables: what is set before the line.
            timeout: seconds after which it is ended.
        """
        return self.call(["make", *target.split()], variables, timeout)

    def call(
        self,
        words: Sequence[str],
        variables: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT_S,
    ) -> Ended:
        """Run a command in the clone, as `make` does."""
        more = dict(variables or {})
        say(" ".join([f"\n{self.name}$", *(f"{name}={more[name]}" for name in more), *words]))
        own = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
        # Pulumi takes the home from /etc/passwd, which is another for root.
        own |= {"HOME": str(self.home), "PULUMI_HOME": str(self.home / ".pulumi")}
        own |= {"USER": self.name, "PATH": path(), **self.variables}
        return command.run(
            words,
            environment=own | more,
            directory=self.checkout,
            timeout=timeout,
            user=self.name,
            echo=True,
        )

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Ask the current cluster of the person's kubeconfig, as whoever it says."""
        command = ["kubectl", f"--kubeconfig={self.home / '.kube/config'}", *arguments]
        return run(command, timeout=120, stdin=stdin)

    def get(self, *arguments: str) -> list[dict[str, Any]]:
        """The objects that `kubectl get` finds there."""
        return json.loads(self.kubectl("get", *arguments, "--output=json"))["items"]


def path(*first: Path) -> str:
    """PATH of a machine with Docker, Minikube, kubectl and Pulumi, and other places before them."""
    return os.pathsep.join([*map(str, first), str(PLACE / "installed"), engine.path()])


def settle(
    name: str,
    variables: Mapping[str, str],
    *,
    clone: str = "mlplatform",
    minikube: str = ".minikube",
    groups: Sequence[str] = (engine.GROUP,),
) -> Person:
    """Make an account, a home with what is installed for it, and a clone.

    Args:
        name: of the account; root keeps its groups.
        variables: what is set in its shell.
        clone: where the clone is in the home.
        minikube: where Minikube keeps its own in the home.
        groups: that it is in.

    Raises:
        Failed: a step did.
    """
    person = Person(name, variables, clone)
    # Hard links do not cross a mount, not even one to the same place.
    outer = directory() / "home" / name
    shutil.rmtree(outer, ignore_errors=True)
    if not succeeds(["id", name]):
        run(["useradd", "--no-create-home", "--home-dir", person.home, name], timeout=10)
        run(["usermod", "--groups", ",".join(groups), name], timeout=10)
    run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, outer / clone], timeout=60)
    cache = outer / ".cache/mlplatform/programs"
    plugin = outer / ".pulumi/plugins/resource-kubernetes-v4.25.0"
    node = outer / minikube / "cache/linux" / machine_architecture() / KUBERNETES_VERSION
    for made in (cache, plugin, node):
        made.mkdir(parents=True)
    run(["chown", "--recursive", f"{name}:", outer], timeout=60)
    for program in LENT:
        built = build.directory(program)
        shutil.copytree(built, cache / built.name, copy_function=os.link)
    _link(PROVIDER, plugin)
    kubernetes = next(program for program in programs.NODE if program.name == "kubernetes")
    for program in (kubernetes, programs.KUBECTL):
        _link(program, node)
    return person


def install() -> None:
    """Put the programs that most people have where every account finds them."""
    build.ensure([*INSTALLED, PROVIDER, *LENT])
    place = directory() / "installed"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for program in INSTALLED:
        _link(program, place)


def _link(program: Program, place: Path) -> None:
    for file in (build.directory(program) / "bin").iterdir():
        os.link(file, place / file.name)
