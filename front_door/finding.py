"""What the doctor says of one thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """A line of the doctor.

    Attributes:
        name: what was looked at.
        text: what was found; if it is wrong, what to do as well.
        wrong: whether it is.
        figures: what a machine may want of it.
    """

    name: str
    text: str
    wrong: bool = True
    figures: Mapping[str, float] = field(default_factory=dict)
