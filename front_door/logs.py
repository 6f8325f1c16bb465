"""What all parts of a stack have written, and the ingress on their behalf, by time."""

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cluster import ingress
from cluster.kubectl import get
from front_door.request import Request
from front_door.stacks import PROJECT

_EVERYTHING = (
    "--all-containers",
    "--prefix",
    "--timestamps",
    "--tail=-1",
    "--max-log-requests=100",
    # A pod that has not started has nothing to say yet.
    "--ignore-errors",
)


@dataclass(frozen=True, order=True)
class Line:
    """A line of a log.

    Attributes:
        time: when it was written: UTC, to the nanosecond.
        pod: what wrote it.
        text: what it says.
    """

    time: str
    pod: str
    text: str

    def __str__(self) -> str:
        """The line for a person, whose terminal obeys nothing that a client made MLflow write."""
        shown = "".join(sign if sign.isprintable() else "?" for sign in self.text)
        return f"{self.time[11:23]}  {self.pod:<34}  {shown}"


def show(request: Request, *, follow: bool, since: str) -> None:
    """Print the lines.

    Args:
        request: the stack.
        follow: whether to go on with what pods that are there now write, until Ctrl-C.
        since: how old lines may be, in kubectl's words: `10m`.
    """
    place = f"--namespace={request.namespace}"
    hosts = {
        rule["host"]
        for found in get(request.context_name, "ingress", place)
        for rule in found["spec"]["rules"]
        if "host" in rule
    }
    how = [*_EVERYTHING, f"--since={since}", *(["--follow"] if follow else [])]
    logs = ["kubectl", f"--context={request.context_name}", "logs", *how]
    commands = [[*logs, place, f"--selector={PROJECT}"]]
    if get(request.context_name, "deployment", ingress.CLASS, f"--namespace={ingress.NAMESPACE}"):
        labels = f"--selector=app.kubernetes.io/name={ingress.CLASS}"
        commands.append([*logs, f"--namespace={ingress.NAMESPACE}", labels])
    lines = (line for written in _written(commands) if (line := read(written, hosts)))
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        for line in lines if follow else sorted(lines):
            print(line, flush=follow)


def read(written: str, hosts: set[str]) -> Line | None:
    """Make sense of a line of `kubectl logs`, which begins with `[pod/NAME/CONTAINER] TIME`.

    A request is told in fewer words than JSON's, whatever else as it is.

    Args:
        written: the line.
        hosts: the stack's; what the ingress has answered for others is none of its lines.
    """
    place, _, rest = written.partition(" ")
    time, _, text = rest.partition(" ")
    if not place.startswith("[pod/") or not text:
        return None  # kubectl's own words, or none.
    pod = place.split("/")[1]
    said = _json(text)
    if pod.startswith(f"{ingress.CLASS}-"):
        return (
            Line(time, "ingress", _by_the_ingress(said))
            if said.get("RequestHost") in hosts
            else None
        )
    return Line(time, pod, _by_a_server(said) if "duration_ms" in said else text)


def _json(text: str) -> dict[str, Any]:
    """What a line holds; nothing where it is no object of JSON."""
    try:
        said = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _by_the_ingress(said: dict[str, Any]) -> str:
    asked = f"{said['RequestMethod']} {said['RequestHost']}{said['RequestPath']}"
    size, duration_ms = said["DownstreamContentSize"], said["Duration"] / 1e6
    answered = f"{said['DownstreamStatus']} {duration_ms:.1f} ms {size} B"
    return f"{asked} {answered} for {said['ClientHost']} {said.get('downstream_X-Request-Id', '')}"


def _by_a_server(said: dict[str, Any]) -> str:
    answered = f"{said['status']} {said['duration_ms']} ms {said['bytes']} B"
    user = f" for {said['user']}" if said.get("user") else ""
    return f"{said['method']} {said['path']} {answered}{user} {said['id']}"


def _written(commands: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines that all commands write, as they come, until the last one ends."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace")
        for command in commands
    ]

    def pass_on(process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            lines.put(line.rstrip("\n"))
        lines.put(None)

    for process in processes:
        threading.Thread(target=pass_on, args=[process], daemon=True).start()
    try:
        going = len(processes)
        while going:
            line = lines.get()
            if line is None:
                going -= 1
            else:
                yield line
    finally:
        for process in processes:
            process.terminate()
            process.wait()
