"""`python3 -m front_door COMMAND`; the Makefile is the list of commands for people."""

import signal
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is what says so to an older one
    sys.exit(f"wanted: Python 3.11 or newer\n  came: {sys.version.split()[0]}\n to do: PYTHON=...")

from front_door import commands, doctor, request, trial
from front_door.ending import told

COMMANDS = {
    "toolchain": commands.build_toolchain,
    "cluster": commands.cluster,
    "cluster-down": commands.cluster_down,
    "images": commands.images,
    "up": commands.up,
    "smoke": commands.smoke_tests,
    "down": commands.down,
    "list": commands.list_stacks,
    "models": commands.list_models,
    "status": commands.show_status,
    "logs": commands.show_logs,
    "reap": commands.reap_stacks,
    "seed": commands.seed,
    "backup": commands.save_backup,
    "backup-fetch": commands.fetch_backup,
    "backup-check": commands.check_backup,
    "restore": commands.restore_backup,
    "cycle": commands.run_cycles,
    "env": commands.env,
    "user": commands.user,
    "hosts": commands.hosts,
    "ca": commands.certificate_authority,
    "render": commands.render,
    "test": trial.trial,
    "shell": commands.shell,
    "python": commands.python,
    "doctor": doctor.doctor,
}


def main() -> None:
    """Run one command; every failure ends with its reason and exit code 1."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in COMMANDS:
        sys.exit(f"wanted: one of {', '.join(COMMANDS)}\n  came: {name!r}\n to do: make help")
    # Whoever is started in the background ignores Ctrl-C, and so would all that it starts: Pulumi
    # ends its plugins that way, and waits 5 s for one that does not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with told(name):
        COMMANDS[name](request.from_environment())


main()
