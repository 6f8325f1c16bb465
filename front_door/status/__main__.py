"""Shows how a stack does: until Ctrl-C; with ONCE=1 once; with FORMAT=json once, for machines."""

import contextlib
import os
import time

from rich.console import Console
from rich.live import Live
from rich.text import Text

from front_door import request
from front_door.ending import told
from front_door.status.look import Look
from front_door.status.screen import screen
from toolchain.process import Failed

REFRESH_S = 5
"""Between two looks, each of which has MLflow's pod ask database and store."""


def main() -> None:
    """Show it."""
    console, look = Console(), Look(request.from_environment())
    if os.environ.get("FORMAT") == "json":
        print(look.again().as_json)
    elif os.environ.get("ONCE") or not console.is_terminal:
        console.print(screen(look.again()))
    else:
        with contextlib.suppress(KeyboardInterrupt):
            _keep_showing(console, look)


def _keep_showing(console: Console, look: Look) -> None:
    with Live(screen(look.again()), console=console, screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(REFRESH_S)
            try:
                shown = screen(look.again())
            except Failed as failure:
                shown = Text(str(failure))
            live.update(shown, refresh=True)


with told("status"):
    main()
