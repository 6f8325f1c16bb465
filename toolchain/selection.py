"""Uses what the machine has, and builds only what it lacks."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from toolchain import build, programs, virtual_environment
from toolchain.paths import cache_directory
from toolchain.process import Failed, run
from toolchain.programs import Program, Wheel

Version = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A command that may be on PATH already.

    Attributes:
        command: its name.
        version: arguments that make it print its version.
        oldest: the first version that is good enough.
        below: the first version that no longer is.
        otherwise: what is built instead.
    """

    command: str
    version: tuple[str, ...]
    oldest: Version
    below: Version
    otherwise: tuple[Program, ...]

    def found(self) -> tuple[Path, Version] | None:
        """The command on PATH and its version, or None where there is none."""
        path = shutil.which(self.command, path=_own_path())
        if path is None:
            return None
        try:
            printed = run([path, *self.version], timeout=20)
        except Failed:
            return None
        match = re.search(r"v?(\d+)\.(\d+)\.(\d+)", printed)
        if match is None:
            return None
        major, minor, patch = (int(part) for part in match.groups())
        return Path(path), (major, minor, patch)

    def usable(self) -> bool:
        """Whether PATH has an acceptable version."""
        found = self.found()
        return found is not None and self.oldest <= found[1] < self.below


PULUMI = Tool(
    command="pulumi",
    version=("version",),
    # The engine must know what the SDK of the same release asks of it.
    oldest=(3, 259, 0),
    below=(4, 0, 0),
    otherwise=programs.PULUMI,
)
KUBECTL = Tool(
    command="kubectl",
    version=("version", "--client"),
    oldest=(1, 30, 0),
    below=(2, 0, 0),
    otherwise=(programs.KUBECTL,),
)
MINIKUBE = Tool(
    command="minikube",
    version=("version", "--short"),
    oldest=(1, 35, 0),
    below=(2, 0, 0),
    otherwise=(programs.MINIKUBE,),
)
TOOLS = (PULUMI, KUBECTL, MINIKUBE)


def lacking(*, minikube: bool, node: bool) -> list[Program | Wheel]:
    """The programs to build here.

    Args:
        minikube: whether the cluster is a Minikube that this project looks after.
        node: whether this machine itself is to be the node.
    """
    wanted: list[Program | Wheel] = [programs.MINIO]
    for tool in TOOLS:
        needed = minikube or tool is not MINIKUBE
        if needed and not tool.usable():
            wanted += tool.otherwise
    if minikube:
        wanted.append(programs.TRAEFIK)
    if node:
        wanted += programs.NODE
        if programs.KUBECTL not in wanted:
            wanted.append(programs.KUBECTL)
    return sorted(wanted, key=_heaviest_first)


def activate(selected: list[Program | Wheel]) -> None:
    """Put built programs, then the virtual environment, before everything else on PATH."""
    places = [
        build.directory(program) / "bin" for program in selected if program not in programs.PULUMI
    ]
    if any(program in selected for program in programs.PULUMI):
        places.append(_assembled_pulumi())
    places.append(virtual_environment.directory() / "bin")
    os.environ["PATH"] = os.pathsep.join([*map(str, places), _own_path()])


def _assembled_pulumi() -> Path:
    """Lay Pulumi's programs out as its release does: the engine looks for the others beside itself.

    Found on PATH they would cost a warning each at every run.
    """
    key = "-".join(
        build.directory(program).name.rpartition("-")[2][:6] for program in programs.PULUMI
    )
    home = cache_directory() / "pulumi" / key
    bin_directory = home / "bin"
    plugin_directory = home / "plugins/resource-kubernetes-v4.25.0"
    for program in programs.PULUMI:
        place = plugin_directory if program.name.startswith("pulumi-resource") else bin_directory
        place.mkdir(parents=True, exist_ok=True)
        for built in (build.directory(program) / "bin").glob("*"):
            if not (place / built.name).exists():
                # Hard links: the engine follows symbolic ones and would look in the wrong place.
                os.link(built, place / built.name)
    os.environ["PULUMI_HOME"] = str(home)
    # A wrong guess at a plugin must be an error, not a download: the provider is pinned.
    os.environ["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
    return bin_directory


def _own_path() -> str:
    """PATH without what `activate` put there: a cached program is not one the machine has."""
    cache = str(cache_directory())
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(place for place in places if not place.startswith(cache))


def _heaviest_first(program: Program | Wheel) -> int:
    """Two builds run side by side; the long ones must not come last and alone."""
    order = ["pulumi-resource-kubernetes", "kubernetes", "minikube", "pulumi", "minio", "coredns"]
    return order.index(program.name) if program.name in order else len(order)
