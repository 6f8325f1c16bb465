"""The Pulumi CLI with a backend and a passphrase of its own, unless the user has some."""

import json
import os
import re
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cluster.kubectl import kubectl
from front_door.request import Request, namespace_of
from front_door.shortened import shortened
from front_door.watch import InVain, Watch
from smoke_tests.outputs import authorities, outputs
from toolchain.paths import ROOT, state_directory
from toolchain.process import Failed, run, say, show

DESTROY_TIMEOUT_S = 600
_OURS = re.compile(r"encryptionsalt:|config:|\s+mlplatform:(context|expiresAt):")
"""Lines of a stack's file that `make up` writes, and would write again."""
_UNKNOWN = "no stack named"
"""What Pulumi says of one that the backend does not have."""
_QUIET = ("--suppress-outputs", "--suppress-progress")
# Without it, Pulumi does not know --event-log.
_HIDDEN_FLAGS = {"PULUMI_DEBUG_COMMANDS": "true"}
PROJECT = "mlplatform"


def prepare() -> None:
    """Set what every Pulumi command needs; PULUMI_* variables of the user win."""
    backend = state_directory() / "pulumi"
    backend.mkdir(exist_ok=True)
    os.environ.setdefault("PULUMI_BACKEND_URL", f"file://{backend}")
    os.environ.setdefault("PULUMI_SKIP_UPDATE_CHECK", "true")
    if not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & set(os.environ):
        os.environ["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_passphrase_file())
    _mend_files()


def up(request: Request, *, expect_no_changes: bool = False, event_log: Path | None = None) -> None:
    """Bring the stack to what the program says, whatever happened to its objects meanwhile.

    Args:
        request: which stack, and where.
        expect_no_changes: fail if there is anything to do.
        event_log: what Pulumi writes its events to, secrets among them: a pipe, never a file.

    Raises:
        Failed: the cause in the cluster's words, as soon as waiting is in vain; or Pulumi said
            why, on the terminal.
    """
    _release_dead_lock(request.stack)
    moved = request.context_name != request.configured_context
    asked = {
        "context": request.context_name if moved else None,
        "expiresAt": request.expires_at,
        "auth": "true" if request.auth else None,
    }
    configure(request.stack, {key: value for key, value in asked.items() if value})
    # Without --refresh, an object that was deleted behind the stack's back makes `up` fail.
    command = ["pulumi", "up", "--stack", request.stack, "--refresh", "--yes", "--skip-preview"]
    if expect_no_changes:
        command.append("--expect-no-changes")
    watch = Watch(request)
    try:
        with shortened() as output:
            show(
                [*command, *_QUIET, *_logged(event_log)],
                timeout=None,
                env=os.environ | _HIDDEN_FLAGS,
                cwd=ROOT,
                todo="mend what is named above and repeat; `make down` removes what there is",
                watch=watch.look,
                output=output,
            )
        # The provider may call an update done before the new pods serve (pulumi-kubernetes#4094).
        rollout = ["rollout", "status", "--timeout=60s", f"--namespace={request.namespace}"]
        kubectl(request.context_name, *rollout, "deployment/mlflow-server", timeout=70)
    except InVain:
        raise
    except Failed as failure:
        raise watch.named(failure) from failure


def configure(
    stack: str, values: Mapping[str, str], secret_values: Mapping[str, str] | None = None
) -> None:
    """Select a stack, made where there is none, and set values of its configuration."""
    _pulumi("stack", "select", "--create", stack)
    for key, value in values.items():
        _pulumi("config", "set", "--stack", stack, key, value)
    for key, value in (secret_values or {}).items():
        _pulumi("config", "set", "--stack", stack, "--secret", key, stdin=value)


def forget_settings(stack: str) -> None:
    """Delete the file that `configure` has filled: `make down` keeps what a person may have set."""
    (ROOT / f"Pulumi.{stack}.yaml").unlink(missing_ok=True)


def known(stack: str) -> bool:
    """Whether the backend knows the stack, and its secrets can be read; others are not looked at.

    Raises:
        Failed: it does, and the state cannot be read: another passphrase, a backend that is away.
    """
    try:
        outputs(stack)
    except Failed as failure:
        if _UNKNOWN in str(failure):
            return False
        raise
    return True


def destroy(request: Request, *, cluster_is_gone: bool, event_log: Path | None = None) -> None:
    """Delete the stack's objects, and the stack.

    Args:
        request: which stack.
        cluster_is_gone: forget the objects instead, since there is nobody to ask.
        event_log: as for `up`.

    Raises:
        Failed: an object could not be deleted; the stack knows what is left.
    """
    _release_dead_lock(request.stack)
    command = ["pulumi", "destroy", "--stack", request.stack, "--yes", "--skip-preview"]
    environment = os.environ | _HIDDEN_FLAGS
    if cluster_is_gone:
        environment["PULUMI_K8S_DELETE_UNREACHABLE"] = "true"
    with shortened() as output:
        show(
            [*command, *_QUIET, *_logged(event_log)],
            timeout=DESTROY_TIMEOUT_S,
            env=environment,
            cwd=ROOT,
            todo="mend what is named above and call `make down` again",
            output=output,
        )
    _pulumi("stack", "rm", "--stack", request.stack, "--yes", "--preserve-config")


def exported(stack: str, *, show_secrets: bool = False) -> dict[str, Any]:
    """The stack's state, secrets encrypted unless they are to be shown."""
    shown = ["--show-secrets"] if show_secrets else []
    return json.loads(_pulumi("stack", "export", "--stack", stack, *shown))


def ownership(stack: str) -> dict[str, str] | None:
    """What a stack's state says of whose namespace it is: as far as there is a state.

    Returns:
        `value`, the text by which the namespace is known as its own, and `context`, of the cluster
        where it is; states of old releases name none. None where the backend has no such stack.
    """
    try:
        state = exported(stack)
    except Failed as failure:
        if _UNKNOWN in str(failure):
            return None
        raise
    for resource in state["deployment"].get("resources", []):
        if resource["urn"].endswith("::namespace-owner"):
            return resource["outputs"] | resource["inputs"]
    return {}


def drop_state(stack: str) -> None:
    """Forget a stack without asking the cluster."""
    _release_dead_lock(stack)
    _pulumi("stack", "rm", "--stack", stack, "--yes", "--force", "--preserve-config")


def marks(context: str) -> dict[str, str]:
    """When the stacks of this backend expire: those that are marked and are for this context."""
    found: dict[str, str] = {}
    for stack in json.loads(_pulumi("stack", "ls", "--json")):
        name = stack["name"].split("/")[-1]
        try:
            printed = json.loads(_pulumi("stack", "output", "--stack", name, "--json"))
        except Failed as failure:
            say(f"The state of stack {name} cannot be read; it is left alone.\n{failure}")
            continue
        if printed.get("context") == context and "expiresAt" in printed:
            found[name] = printed["expiresAt"]
    return found


def _logged(event_log: Path | None) -> list[str]:
    return [] if event_log is None else [f"--event-log={event_log}"]


def _pulumi(*arguments: str, stdin: str | None = None, todo: str = "read the lines above") -> str:
    command = ["pulumi", *arguments, "--non-interactive"]
    return run(command, timeout=120, cwd=ROOT, stdin=stdin, todo=todo)


def traces(stack: str) -> list[Path]:
    """Files and directories that a stack leaves here, in the project's own backend and beside it.

    `pulumi stack rm` leaves the history and the backups of a file backend.
    """
    backend = state_directory() / "pulumi/.pulumi"
    found = [ROOT / f"Pulumi.{stack}.yaml"] if _holds_nothing_of_a_person(stack) else []
    if (trusted := authorities(namespace_of(stack))).exists():
        found.append(trusted)
    for kind in ("stacks", "history", "backups", "locks/organization"):
        found += (backend / kind / PROJECT).glob(f"{stack}.*")
        found += (backend / kind / PROJECT).glob(stack)
    return found


def _passphrase_file() -> Path:
    file = state_directory() / "passphrase"
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(secrets.token_urlsafe(32))
    return file


def _files() -> Path | None:
    """Where the backend keeps its files; None where it is no directory."""
    backend = os.environ["PULUMI_BACKEND_URL"]
    if not backend.startswith("file://"):
        return None
    return Path(backend.removeprefix("file://")).expanduser() / ".pulumi"


def _mend_files() -> None:
    """Drop the empty attributes of a file whose writer was killed: no stack could be read for them.

    Files without attributes are fine; Pulumi's library for them (gocloud.dev/blob/fileblob) is not
    with attributes that end too early.
    """
    files = _files()
    for kind in ("stacks", "locks"):
        for attributes in (files / kind).rglob("*.attrs") if files else ():
            if attributes.stat().st_size == 0:
                attributes.unlink(missing_ok=True)


def lock_holder(stack: str) -> str | None:
    """Who holds the stack's lock, in a file backend; None where nobody does."""
    for holder in _lock_holders(stack):
        return f"process {holder['pid']} on {holder['hostname']}"
    return None


def _release_dead_lock(stack: str) -> None:
    """Drop the lock of a Pulumi that was killed; one that lives keeps it."""
    for holder in _lock_holders(stack):
        if holder["hostname"] == socket.gethostname() and not _lives(holder["pid"]):
            _pulumi("cancel", "--stack", stack, "--yes")
            return


def _lock_holders(stack: str) -> list[dict[str, Any]]:
    files = _files()
    locks = files / "locks/organization" / PROJECT / stack if files else None
    return [json.loads(lock.read_text()) for lock in locks.glob("*.json")] if locks else []


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _holds_nothing_of_a_person(stack: str) -> bool:
    """Whether nothing would be lost with a stack's file: what a person has set stays."""
    settings = ROOT / f"Pulumi.{stack}.yaml"
    if not settings.exists():
        return False
    lines = [line for line in settings.read_text().splitlines() if line.strip()]
    return all(_OURS.match(line) for line in lines)
