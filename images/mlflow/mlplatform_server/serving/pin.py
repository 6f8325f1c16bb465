"""Which version of which model a pod serves: the one annotation that the promoter writes."""

import json
from dataclasses import asdict, dataclass

ANNOTATION = "mlplatform/serves"
"""On the template of the model's pods, so that another value is a rollout."""


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A version, resolved once.

    Attributes:
        name: name of the registered model.
        version: number of the version.
        source: where its files are: they stay when the version or its run is deleted, and a model
            made anew under the same name has others.
    """

    name: str
    version: str
    source: str

    def text(self) -> str:
        """Return the annotation's value."""
        return json.dumps(asdict(self), sort_keys=True)


def read(text: str) -> Pin | None:
    """Return what an annotation holds; None for an empty one.

    Raises:
        ValueError: it holds something else.
        TypeError: as above.
    """
    return Pin(**json.loads(text)) if text else None
