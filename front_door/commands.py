"""One function per target of the Makefile."""

import os
import sys
from pathlib import Path

from cluster import engine, lifecycle
from front_door import backup, card, cycle, destroy, logs, models, reap, smoke, stacks
from front_door.deployment import deploy, prepare, toolchain
from front_door.phases import Phases
from front_door.request import Request
from images.deliver import deliver
from smoke_tests.outputs import outputs
from smoke_tests.settings import load_settings
from toolchain import selection, virtual_environment
from toolchain.paths import ROOT
from toolchain.process import Failed, run, say


def cluster(request: Request) -> None:
    """Make sure that there is a cluster to deploy to."""
    lifecycle.check(request.context)
    toolchain(request)
    context = lifecycle.up(request.context)
    say(f"The cluster of context {context} is ready. Next: make up")


def cluster_down(request: Request) -> None:
    """Delete the cluster that `cluster` made, with its stacks, and put the host back."""
    toolchain(request)
    in_it = destroy.in_cluster(request)
    if lifecycle.down(request.context):
        for stack in in_it:
            destroy.forget(stack)


def build_toolchain(request: Request) -> None:
    """Build the programs that this machine lacks, those of images too."""
    toolchain(request, with_images=True)


def images(request: Request) -> None:
    """Build the images that changed and make sure that the cluster has them."""
    toolchain(request, with_images=True)
    if request.image_registry is None:
        lifecycle.require_answer(request.context_name)
    deliver(request.kind, request.destination)


def up(request: Request) -> None:
    """From nothing to a stack that passed its smoke tests."""
    phases = Phases(5)
    prepare(request, phases)
    deploy(request, phases)
    print(card.card(request, phases))


def _at_cluster(request: Request) -> None:
    """What a command needs that asks a cluster which is there."""
    toolchain(request)
    lifecycle.require_answer(request.context_name)


def smoke_tests(request: Request) -> None:
    """Run the smoke tests against the stack."""
    _at_cluster(request)
    smoke.run_suite(request)


def seed(request: Request) -> None:
    """Fill the stack with example data."""
    _at_cluster(request)
    smoke.run_seed(request)


def user(request: Request) -> None:
    """Make a user of the stack's MLflow."""
    _at_cluster(request)
    smoke.run_accounts(request)


def down(request: Request) -> None:
    """Destroy the stack, whatever state it is in, and prove that nothing is left of it."""
    toolchain(request)
    destroy.destroy(request)
    say(f"The stack {request.stack} is gone. The cluster stays: make cluster-down deletes it.")


def save_backup(request: Request) -> None:
    """Back the stack up to TO."""
    _at_cluster(request)
    backup.save(request, os.environ.get("TO", ""))


def fetch_backup(request: Request) -> None:
    """Bring a backup from the stack's own volume to TO."""
    _at_cluster(request)
    backup.fetch(request, os.environ.get("TO", ""))


def check_backup(_: Request) -> None:
    """Read the backup at FROM again, and say what is wrong with it."""
    virtual_environment.ensure()
    selection.activate([])
    backup.check(os.environ.get("FROM", ""))


def restore_backup(request: Request) -> None:
    """Fill a stack that was just made with the backup at FROM."""
    _at_cluster(request)
    backup.restore(request, os.environ.get("FROM", ""))


def list_stacks(request: Request) -> None:
    """Print a line per stack of the cluster."""
    _at_cluster(request)
    print(stacks.table(stacks.in_cluster(request)))


def list_models(request: Request) -> None:
    """Print a line per model that the stack serves."""
    _at_cluster(request)
    print(models.table(models.in_stack(request)))


def show_logs(request: Request) -> None:
    """Print what all parts of the stack have written in the last hour, or in SINCE."""
    _at_cluster(request)
    follow = bool(os.environ.get("FOLLOW"))
    logs.show(request, follow=follow, since=os.environ.get("SINCE") or ("1m" if follow else "1h"))


def show_status(request: Request) -> None:
    """Replace this process by the screen that shows how the stack does."""
    _at_cluster(request)
    os.execvp("python", ["python", "-m", "front_door.status"])


def reap_stacks(request: Request) -> None:
    """Destroy the stacks that have expired; DRY_RUN=yes only names them."""
    _at_cluster(request)
    reap.reap(request, dry_run=bool(os.environ.get("DRY_RUN")))


def run_cycles(request: Request) -> None:
    """Up, smoke and down N times, with a row for each."""
    phases = Phases(3)
    prepare(request, phases)
    cycle.cycle(request, int(os.environ.get("N") or 10))


def env(request: Request) -> None:
    """Print the export lines that a client needs; SHOW_SECRETS=1 also those of its secrets."""
    _at_cluster(request)
    settings = load_settings(smoke.environment(request))
    print(card.exports(settings, show_secrets=bool(os.environ.get("SHOW_SECRETS"))))


def render(request: Request) -> None:
    """Print the objects of the stack as YAML, secrets masked; needs no cluster."""
    virtual_environment.ensure()
    selection.activate([])
    program = {"PYTHONPATH": str(ROOT / "infra")}
    command = ["python", "-m", "mlplatform.render", request.stack]
    print(run(command, timeout=60, env=os.environ | program, cwd=ROOT), end="")


def certificate_authority(request: Request) -> None:
    """Print the certificate that the stack's clients have to trust.

    Raises:
        Failed: there is none: plain HTTP, or an authority that all clients know.
    """
    _at_cluster(request)
    file = outputs(request.stack).get("caFile")
    if file is None:
        todo = "nothing: the stack has no TLS, or its clients know its authority already"
        raise Failed("an authority of the stack's own", "there is none", todo)
    print(Path(file).read_text(), end="")


def hosts(request: Request) -> None:
    """Print the lines of /etc/hosts that a browser needs."""
    _at_cluster(request)
    print(card.hosts_lines(request, outputs(request.stack)))
    if engine.is_wsl():
        say(
            "For a browser in Windows, as its administrator, the same names with 127.0.0.1 in "
            r"C:\Windows\System32\drivers\etc\hosts"
        )


def shell(request: Request) -> None:
    """Replace this process by a shell in which plain `pulumi` and `pytest` work."""
    toolchain(request)
    say("A shell with the project's tools. Try: pulumi stack ls. Leave it with: exit")
    os.execvp(os.environ.get("SHELL", "bash"), [os.environ.get("SHELL", "bash")])


def python(_: Request) -> None:
    """Replace this process by the Python that has the packages, for the checks."""
    virtual_environment.ensure(development=True)
    selection.activate([])
    os.execvp("python", ["python", *sys.argv[2:]])
