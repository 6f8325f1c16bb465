"""Says what is present, what is missing and what to do, and changes nothing."""

import platform
import shutil
import sys

from cluster import lifecycle
from cluster.kind import Kind
from front_door import health, pulumi
from front_door.request import Request
from toolchain import build, go, selection, virtual_environment
from toolchain.process import Failed
from toolchain.programs import Program, Wheel


def doctor(request: Request) -> None:
    """Print a line per thing that the project needs.

    Raises:
        Failed: something is in the way that only the user can move.
    """
    kind = request.kind
    lacking = selection.lacking(minikube=kind is not Kind.NAMED, node=kind is Kind.NODE)
    _line("ok", "Python", f"{platform.python_version()} at {sys.executable}")
    _line("ok", "cluster", f"{kind.value}; context {request.context_name}")
    for tool in selection.TOOLS:
        if found := tool.found():
            usable = tool.usable()
            version = ".".join(map(str, found[1]))
            oldest = ".".join(map(str, tool.oldest))
            more = "" if usable else f", and {oldest} is needed: one is built instead"
            _line("ok" if usable else "--", tool.command, f"{version} at {found[0]}{more}")
    for program in lacking:
        _program(program)
    if not go.own() and any(isinstance(program, Program) for program in lacking):
        _line("--", "go", "none from 1.26 on: a pinned one is fetched")
    packages = virtual_environment.directory()
    there = virtual_environment.complete()
    _line("ok" if there else "--", "packages", str(packages) if there else "`make toolchain`")

    blocked = lifecycle.problems(request.context)
    for problem in blocked:
        _line("!!", "machine", problem)
    selection.activate(lacking)
    wrong = _stack(request, cluster_answers=_cluster(request))
    if blocked:
        raise Failed(
            "a machine that can have a cluster",
            f"{len(blocked)} problems",
            "mend the lines with !!",
        )
    if wrong:
        raise Failed(
            f"stack {request.stack} in good health", f"{wrong} problems", "mend the lines with !!"
        )


def _program(program: Program | Wheel) -> None:
    if build.directory(program).exists():
        _line("ok", program.name, f"built, {build.directory(program)}")
    else:
        _line("--", program.name, "not on this machine: `make toolchain` builds it")


def _cluster(request: Request) -> bool:
    """Whether there is a cluster that answers."""
    if not shutil.which("kubectl") or not lifecycle.exists(request.context_name):
        _line("--", "running", "there is no cluster yet: `make cluster`")
    elif not lifecycle.answers(request.context_name):
        _line("--", "running", "the cluster does not answer: `make cluster` starts it")
    else:
        _line("ok", "running", "the cluster answers: `make up`")
        return True
    return False


def _stack(request: Request, *, cluster_answers: bool) -> int:
    """A line per finding on the stack, if there is one; returns how many are wrong."""
    if not shutil.which("pulumi"):
        return 0
    pulumi.prepare()
    found = health.findings(request, cluster_answers=cluster_answers)
    for finding in found:
        _line("!!" if finding.wrong else "ok", finding.name, finding.text)
    return sum(finding.wrong for finding in found)


def _line(mark: str, name: str, text: str) -> None:
    print(f" {mark}  {name:<26} {text}")
