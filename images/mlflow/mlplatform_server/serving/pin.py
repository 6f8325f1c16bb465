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
        image: the image that it is to run in; None for the server's.
    """

    name: str
    version: str
    source: str
    image: str | None = None

    def text(self) -> str:
        """Return the annotation's value."""
        known = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps(known, sort_keys=True)


def read(text: str) -> Pin | None:
    """Return what an annotation holds; None for an empty one.

    Raises:
        ValueError: it holds something else.
        TypeError: as above.
    """
    return Pin(**json.loads(text)) if text else None
