"""When a stack may be destroyed without asking: the mark that `TTL=4h make up` leaves."""

import os
import re
from datetime import UTC, datetime, timedelta

from toolchain.process import Failed

ANNOTATION = "mlplatform/expires-at"
"""On the namespace: see infra/mlplatform/names.py."""
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def from_environment(now: datetime) -> str | None:
    """Turn TTL, as in 30m, 4h or 3d, into the moment the stack expires; None without TTL.

    Raises:
        Failed: TTL is no such duration.
    """
    text = os.environ.get("TTL")
    if not text:
        return None
    match = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text)
    if match is None:
        raise Failed("a time to live", f"TTL={text}", "give minutes, hours or days: TTL=4h")
    expires = now + timedelta(**{UNITS[match[2]]: int(match[1])})
    return expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_past(mark: str | None, now: datetime) -> bool:
    """Whether a mark says that the time has come; what is no moment is no mark."""
    moment = parse(mark)
    return moment is not None and moment <= now


def parse(mark: str | None) -> datetime | None:
    """The moment that a mark names, if it names one."""
    try:
        return datetime.strptime(mark or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def duration(delta: timedelta) -> str:
    """A duration as people write it: 3d4h, 12m, 40s."""
    seconds = int(abs(delta.total_seconds()))
    parts = [(seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m")]
    shown = [f"{number}{unit}" for number, unit in parts if number][:2]
    return "".join(shown) or f"{seconds}s"
