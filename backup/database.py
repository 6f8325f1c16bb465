"""The stack's database: dumps come from its pod and go there, as a stream."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any

from backup.stack import public_environment
from mlplatform_server.backup.manifest import Facts
from mlplatform_server.backup.manifest import facts as read_facts
from mlplatform_server.backup.stream import COPY_BYTES, Readable
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings
from toolchain.process import Failed

WORKLOAD = "statefulset/postgres"


def require_own(settings: Settings, namespace: Namespace) -> None:
    """Leave a database that is not the stack's to whoever runs it, and say how it is dumped.

    Args:
        settings: The stack.
        namespace: Its namespace.

    Raises:
        Failed: It is not.
    """
    if "postgres" not in settings.external:
        return
    known = public_environment(namespace)
    name = known["PGDATABASE"]
    server = f"--host={known['PGHOST']} --port={known['PGPORT']} --username=USER --no-owner"
    inside = f"kubectl --context={namespace.context} --namespace={namespace.name}"
    raise Failed(
        "a Postgres of the stack's own",
        f"the stack uses {known['PGHOST']}, which others back up",
        f"dump it: pg_dump {server} --format=custom --file=mlflow.dump {name}\n"
        f"        bring it back: pg_restore {server} --clean --if-exists --dbname={name} "
        "mlflow.dump\n"
        "        or, with backupSchedule, let the stack back up both from inside: "
        f"{inside} create job --from=cronjob/backup now",
    )


def facts(namespace: Namespace) -> Facts:
    """Ask the database for its versions and numbers of rows."""
    return read_facts(namespace.execute(WORKLOAD, ["database", "facts"], stdin=""))


def users(settings: Settings, namespace: Namespace) -> str | None:
    """The database of users as SQL; None where nobody logs in."""
    if settings.login is None:
        return None
    return namespace.execute(WORKLOAD, ["database", "dump-users"], stdin="")


def restore_users(namespace: Namespace, users: str) -> None:
    """Put other users into the place of all that there are, or change nothing.

    Raises:
        Failed: Postgres said why.
    """
    namespace.execute(WORKLOAD, ["database", "restore-users"], stdin=users)


@contextlib.contextmanager
def dump(namespace: Namespace) -> Iterator[tuple[Readable, Callable[[], Facts]]]:
    """A dump as it comes, and what tells its facts once it has ended.

    Args:
        namespace: The stack's namespace.
    """
    with tempfile.TemporaryFile("w+") as messages, _database(namespace, "dump", messages) as run:
        assert run.stdout is not None  # noqa: S101 - it is a pipe

        def ended() -> Facts:
            run.wait()
            messages.seek(0)
            return read_facts(messages.read())

        yield run.stdout, ended


def restore(namespace: Namespace, source: Readable) -> Facts:
    """Put a dump in the place of all that the database holds, or change nothing.

    Args:
        namespace: The stack's namespace.
        source: The dump.

    Returns:
        What the database says of itself afterwards.

    Raises:
        Failed: Postgres said why.
    """
    with tempfile.TemporaryFile("w+") as messages, tempfile.TemporaryFile("w+") as answers:
        with _database(namespace, "restore", messages, stdin=True, stdout=answers) as run:
            assert run.stdin is not None  # noqa: S101 - it is a pipe
            # If it ends before that, it says why itself.
            with contextlib.suppress(BrokenPipeError):
                shutil.copyfileobj(source, run.stdin, COPY_BYTES)
                run.stdin.close()
            code = run.wait()
        messages.seek(0)
        answers.seek(0)
        if code:
            raise Failed(
                "the dump restored into the database",
                messages.read().strip(),
                "mend what is named and repeat: the database is as it was before",
            )
        return read_facts(answers.read())


@contextlib.contextmanager
def _database(
    namespace: Namespace,
    command: str,
    messages: IO[str],
    *,
    stdin: bool = False,
    stdout: IO[str] | None = None,
) -> Iterator[subprocess.Popen[Any]]:
    """Run our command `database` in the pod, with pipes that hold bytes."""
    with subprocess.Popen(
        [
            "kubectl",
            f"--context={namespace.context}",
            f"--namespace={namespace.name}",
            "exec",
            *(["--stdin"] if stdin else []),
            WORKLOAD,
            "--",
            "database",
            command,
        ],
        stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=messages,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
