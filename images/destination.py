"""Where a stack's images go, and for which machines they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from images.names import image_names, needed
from toolchain.programs import machine_architecture


@dataclass(frozen=True, kw_only=True)
class Destination:
    """What decides which images a stack needs, and how they are called.

    Attributes:
        host: registry and path that they are pulled from; None: they are on the node itself.
        store: the program that keeps the stack's artifacts.
        monitored: whether anything reads its metrics.
        architecture: of the nodes, in Go's words.
    """

    host: str | None = None
    store: str = "minio"
    monitored: bool = False
    architecture: str = field(default_factory=machine_architecture)

    @property
    def names(self) -> Mapping[str, str]:
        """What the stack calls its images, by their keys in `image_names`."""
        all_of_them = image_names(self.host, self.architecture)
        return {name: all_of_them[name] for name in needed(self.store, monitored=self.monitored)}
