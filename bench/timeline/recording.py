"""What Pulumi's engine says while it works, with the time of each event."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any


class Kind(Enum):
    """The events that matter here, by their key in a line of the log."""

    READY = "preludeEvent"
    """Pulumi has read its state and found its plugins; the program is about to run."""
    BEGAN = "resourcePreEvent"
    ENDED = "resOutputsEvent"
    STATUS = "diagnosticEvent"
    FINISHED = "cancelEvent"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event.

    Attributes:
        seconds: when, since the start of the recording.
        kind: what.
        urn: the resource that it is about; empty for those about the whole update.
        operation: create, update, same, delete, refresh, ...
        is_component: whether the resource only groups others.
        message: what a provider says about a resource it works on.
    """

    seconds: float
    kind: Kind
    urn: str = ""
    operation: str = ""
    is_component: bool = False
    message: str = ""


@dataclass
class Recording:
    """Events as they arrive.

    Attributes:
        path: what to give to Pulumi as `--event-log`.
        events: complete once the recording has ended.
    """

    path: Path
    events: list[Event] = field(default_factory=list)


@contextmanager
def record() -> Iterator[Recording]:
    """Record what a Pulumi that is run inside writes to the event log.

    The log's own time stamps are whole seconds, so its lines are timed as they come. It is a pipe
    and no file, because it holds secrets: the debug messages of Pulumi's Python SDK show a stack's
    outputs in the clear. Of a line, `parse` takes what is no value.
    """
    with tempfile.TemporaryDirectory() as directory:
        recording = Recording(Path(directory, "events"))
        os.mkfifo(recording.path, mode=0o600)
        # For writing too: opening then does not wait for Pulumi, whose end is no end of file.
        descriptor = os.open(recording.path, os.O_RDWR)
        start = time.monotonic()

        def listen() -> None:
            with os.fdopen(descriptor, encoding="utf-8", closefd=False) as lines:
                for line in iter(lines.readline, "\n"):
                    event = parse(json.loads(line), time.monotonic() - start)
                    if event:
                        recording.events.append(event)

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        try:
            yield recording
        finally:
            os.write(descriptor, b"\n")
            listener.join()
            os.close(descriptor)
        recording.events.append(Event(seconds=time.monotonic() - start, kind=Kind.FINISHED))


def parse(line: dict[str, Any], seconds: float) -> Event | None:
    """Read an event in the form of Pulumi's `apitype.EngineEvent`; None if it does not matter."""
    match line:
        case {"preludeEvent": _}:
            return Event(seconds=seconds, kind=Kind.READY)
        case {"resourcePreEvent": {"metadata": metadata}}:
            return _step(metadata, Kind.BEGAN, seconds)
        case {"resOutputsEvent": {"metadata": metadata}}:
            return _step(metadata, Kind.ENDED, seconds)
        case {"diagnosticEvent": {"ephemeral": True, "urn": urn, "message": str(message)}}:
            text = message.strip()
            return Event(seconds=seconds, kind=Kind.STATUS, urn=urn, message=text) if text else None
    return None


def _step(metadata: dict[str, Any], kind: Kind, seconds: float) -> Event:
    state = metadata["new"] or metadata["old"]
    return Event(
        seconds=seconds,
        kind=kind,
        urn=metadata["urn"],
        operation=metadata["op"],
        is_component=not state.get("custom", False),
    )
