"""What a value was before it was changed, for those who still have something of then."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class PreviousProvider(ResourceProvider):
    """Remembers it.

    The state refers to this class by module and name: renaming either breaks existing stacks.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Begin with nothing that was before."""
        return CreateResult("previous", {**props, "previous": ""})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Find a change in the value alone."""
        return DiffResult(changes=olds["value"] != news["value"])

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Remember what it was until now, and forget what was before that."""
        return UpdateResult({**news, "previous": olds["value"]})


class Previous(Resource, module="mlplatform", name="Previous"):
    """The value before the one that there is.

    Attributes:
        previous: that value, a secret; "" as long as it was never another.
    """

    previous: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        value: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it.

        Args:
            name: name of the resource.
            value: what there is, a secret.
            opts: options of the resource.
        """
        secret = pulumi.ResourceOptions(additional_secret_outputs=["value", "previous"])
        super().__init__(
            PreviousProvider(),
            name,
            {"value": value, "previous": None},
            pulumi.ResourceOptions.merge(opts, secret),
        )
