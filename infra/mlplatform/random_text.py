"""Random text that is made once for a stack and kept in its state."""

import secrets
import string
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

# Needs no escaping in any of the places a credential or a name travels through.
_ALPHABET = string.ascii_letters + string.digits


def _draw(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


class RandomTextProvider(ResourceProvider):
    """Makes the text.

    The state refers to this class by module and name: renaming either breaks existing stacks.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Draw the characters, letters and digits both.

        `props` holds their number as `length`, and as `value` the text where it is not to be drawn.
        """
        length = int(props["length"])
        if props.get("value"):
            return CreateResult("generated", props)
        text = _draw(length)
        # Whoever asks for a credential that is no word asks for both: 3 in 100 of 20 lack a digit.
        while length > 1 and (text.isalpha() or text.isdigit()):
            text = _draw(length)
        return CreateResult("generated", {**props, "value": text})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Find no change, whatever the program says now: what uses the text relies on it."""
        return DiffResult(changes=False)


class RandomText(Resource, module="mlplatform", name="RandomText"):
    """Letters and digits that never change; `pulumi up --replace URN` makes others.

    Attributes:
        value: the text.
    """

    value: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        length: int,
        opts: pulumi.ResourceOptions | None = None,
        *,
        value: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare the text.

        Args:
            name: name of the resource.
            length: number of characters, where the text is yet to be made.
            opts: options of the resource. For a secret, `additional_secret_outputs` names `value`.
            value: the text, where it is known and only the state is new; None draws one.
        """
        super().__init__(RandomTextProvider(), name, {"length": length, "value": value}, opts)
