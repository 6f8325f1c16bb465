"""The text by which a namespace is known as a state's own, and the cluster that the state is for.

Only the state can tell where the stack was deployed to before; the cluster it is pointed at now
knows nothing of that.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, Resource

from mlplatform.random_text import RandomTextProvider


class OwnerProvider(RandomTextProvider):
    """Makes the text, and holds the stack to its context.

    The state refers to this class by module and name: renaming either breaks existing stacks.
    """

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse another context than at the update before; states of old releases name none."""
        made = olds.get("context")
        if made in (None, news["context"]):
            return CheckResult(news, [])
        reason = (
            f"the stack and its data are in the cluster of context {made}. Go back: pulumi config "
            f"set context {made}. To move: `make backup`, `make down`, then with the new context "
            "`make up` and `make restore`. Nothing was changed"
        )
        return CheckResult(news, [CheckFailure("context", reason)])


# Named as it was when it was no more than a random text, so that it is the same to older states.
class Owner(Resource, module="mlplatform", name="RandomText"):
    """A text that no other state has.

    Attributes:
        value: the text.
    """

    value: pulumi.Output[str]

    def __init__(self, name: str, context: str, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the text.

        Args:
            name: name of the resource.
            context: kubeconfig context of the cluster to deploy to.
            opts: options of the resource.
        """
        inputs = {"length": 20, "value": None, "context": context}
        super().__init__(OwnerProvider(), name, inputs, opts)
