"""What the doctor says of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A line of the doctor.

    Attributes:
        name: what was looked at.
        text: what was found; if it is wrong, what to do as well.
        wrong: whether it is.
    """

    name: str
    text: str
    wrong: bool = True
