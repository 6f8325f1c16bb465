"""What a stack holds outlives the stack, its name, its state and its keys."""

from __future__ import annotations

from collections.abc import Iterator

from cluster.kubectl import kubectl
from drills.filled import Filled, fill
from drills.row import Row
from drills.stand import deployed
from front_door import destroy, pulumi
from front_door.request import Request
from toolchain.paths import ROOT
from toolchain.process import run as run_program

TIMEOUT_S = 200


def run(request: Request) -> Iterator[Row]:
    """Take a filled stack down in every way, and bring it up again."""
    with deployed(request, "durability") as stand:
        stack, name = fill(stand), stand.request.stack

        stand.up({"ephemeral": "false"})
        destroy.destroy(stand.request)
        stand.up()
        yield _kept(stack, "made durable, make down, make up")

        _pulumi("destroy", "--stack", name, "--yes", "--skip-preview")
        stand.up({"expiresAt": "2030-12-31T23:59:59Z"})
        yield _kept(stack, "pulumi destroy, pulumi up with another expiry")

        yield _another_access_key(stack)

        _pulumi("stack", "rename", "--stack", name, f"{name}-new")
        said = stack.refusal(f"{name}-new")
        _pulumi("stack", "rename", "--stack", f"{name}-new", name)
        yield _refused(f"pulumi stack rename {name}" in said, "pulumi stack rename, pulumi up")

        yield from _lost(stack, "durable")
        stand.up({"ephemeral": "true"})
        yield from _lost(stack, "ephemeral")


def _lost(stack: Filled, kind: str) -> Iterator[Row]:
    """Lose the state of a stack that runs, and go the way that `make down` names."""
    own = stack.stand.request
    pulumi.drop_state(own.stack)
    pulumi.configure(own.stack, {})
    said = stack.refusal(own.stack)
    yield _refused(f"make down STACK={own.stack}" in said, f"state of the {kind} lost, pulumi up")

    if kind == "ephemeral":
        _mark(own, "label", "mlplatform/ephemeral=false")
    _mark(own, "annotate", "mlplatform/owner-")
    destroy.destroy(own)
    stack.stand.up()
    yield _kept(stack, f"state of the {kind} lost, freed, make down, make up")


def _mark(request: Request, verb: str, mark: str) -> None:
    kubectl(request.context_name, verb, "namespace", request.namespace, mark, "--overwrite")


def _another_access_key(stack: Filled) -> Row:
    own = stack.stand.request
    before = stack.stand.settings.s3_access_key
    [urn] = [
        resource["urn"]
        for resource in pulumi.exported(own.stack)["deployment"]["resources"]
        if resource["urn"].endswith("::credentials-s3-access-key")
    ]
    _pulumi("state", "taint", "--stack", own.stack, "--yes", urn)
    stack.stand.up()
    log = kubectl(
        own.context_name,
        "logs",
        f"--namespace={own.namespace}",
        "--selector=app.kubernetes.io/name=bucket",
    )
    another, ends = stack.stand.settings.s3_access_key != before, "is good until" in log
    lost = stack.lost()
    figure = f"{'another' if another else 'the same'}, {'ends' if ends else 'stays'}, {lost} lost"
    goal = "another, the old one ends, 0 lost"
    return Row("another S3 access key", goal, figure, another and ends and not lost)


def _kept(stack: Filled, what: str) -> Row:
    lost = stack.lost()
    return Row(what, "0 lost", f"{lost} lost", passed=not lost)


def _refused(refused: bool, what: str) -> Row:
    return Row(what, "refused", "refused" if refused else "not refused", refused)


def _pulumi(*arguments: str) -> None:
    run_program(["pulumi", *arguments, "--non-interactive"], timeout=TIMEOUT_S, cwd=ROOT)
