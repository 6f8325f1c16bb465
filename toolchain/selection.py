"""Uses what the machine has, and builds only what it lacks."""

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from toolchain import build, programs, virtual_environment
from toolchain.paths import cache_directory
from toolchain.process import Failed, run, say
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
        from_its_maker: how a person gets it ready-made.
    """

    command: str
    version: tuple[str, ...]
    oldest: Version
    below: Version
    otherwise: tuple[Program, ...]
    from_its_maker: str

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

    def shortcoming(self) -> str:
        """What is wrong with the one on PATH, if there is one."""
        needed = f"{_dotted(self.oldest)} or newer is needed"
        found = self.found()
        return (
            f"{_dotted(found[1])} at {found[0]}, and {needed}" if found else f"none, and {needed}"
        )


PULUMI = Tool(
    command="pulumi",
    version=("version",),
    # The engine must know what the SDK of the same release asks of it.
    oldest=(3, 259, 0),
    below=(4, 0, 0),
    otherwise=programs.PULUMI,
    from_its_maker="curl -fsSL https://get.pulumi.com | sh",
)
KUBECTL = Tool(
    command="kubectl",
    version=("version", "--client"),
    oldest=(1, 30, 0),
    below=(2, 0, 0),
    otherwise=(programs.KUBECTL,),
    from_its_maker="https://kubernetes.io/docs/tasks/tools/",
)
MINIKUBE = Tool(
    command="minikube",
    version=("version", "--short"),
    oldest=(1, 35, 0),
    below=(2, 0, 0),
    otherwise=(programs.MINIKUBE,),
    from_its_maker="https://minikube.sigs.k8s.io/docs/start/",
)
TOOLS = (PULUMI, KUBECTL, MINIKUBE)


def lacking(*, minikube: bool, node: bool) -> list[Program | Wheel]:
    """The programs to build here; what only an image is made of is not among them.

    Args:
        minikube: whether the cluster is a Minikube that this project looks after.
        node: whether this machine itself is to be the node.
    """
    wanted: list[Program | Wheel] = []
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
    return wanted


def explain(wanted: Sequence[Program | Wheel]) -> None:
    """Say, before tools are built, what was found and how to get them without building."""
    for tool in TOOLS:
        unbuilt = [
            program
            for program in tool.otherwise
            if program in wanted and not build.directory(program).exists()
        ]
        if unbuilt and not tool.usable():
            minutes = sum(program.processor_s for program in unbuilt) / (os.cpu_count() or 1) / 60
            say(
                f"{tool.command}: {tool.shortcoming()}. Building it takes about {minutes:.0f} min,"
                f" once.\n  Ready-made, from its maker: {tool.from_its_maker}"
            )


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


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
