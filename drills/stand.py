"""A stack of a drill's own."""

from __future__ import annotations

import dataclasses
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from front_door import destroy, pulumi, smoke
from front_door.request import Request
from smoke_tests.client import environment, fail_fast_environment
from smoke_tests.namespace import Namespace
from smoke_tests.network import resolve
from smoke_tests.settings import Settings, load_settings
from toolchain.process import say


@dataclass(frozen=True)
class Stand:
    """A stack that is up.

    Attributes:
        request: its name, and the cluster that it is on.
    """

    request: Request

    @property
    def settings(self) -> Settings:
        """The stack as its clients know it, from its outputs of this moment."""
        return load_settings(smoke.environment(self.request))

    @property
    def namespace(self) -> Namespace:
        """Its namespace."""
        return Namespace(self.request.context_name, self.request.namespace)

    def up(
        self,
        values: Mapping[str, str] | None = None,
        secret_values: Mapping[str, str] | None = None,
    ) -> None:
        """Deploy it, with some values of its configuration set before.

        Raises:
            Failed: it could not be deployed.
        """
        pulumi.configure(self.request.stack, values or {}, secret_values)
        pulumi.up(self.request)

    def seed(self, size: str) -> None:
        """Fill it with example data: small, medium or large."""
        os.environ["SIZE"] = size
        smoke.run_seed(self.request)

    @contextmanager
    def client(self) -> Iterator[None]:
        """Let MLflow's client and boto3 in this process reach it, until the block ends."""
        settings = self.settings
        with (
            environment(fail_fast_environment(settings), settings.hosts),
            resolve(settings.hosts, settings.ingress_address),
        ):
            yield


@contextmanager
def deployed(
    request: Request, purpose: str, values: Mapping[str, str] | None = None
) -> Iterator[Stand]:
    """Deploy a stack, and destroy it with its data at the end of the block.

    Args:
        request: names the cluster.
        purpose: begins the stack's name.
        values: of its configuration.
    """
    with planned(request, purpose) as stand:
        stand.up(values)
        yield stand


@contextmanager
def planned(request: Request, purpose: str) -> Iterator[Stand]:
    """Name a stack that is to be deployed, and destroy what there is of it after the block.

    Args:
        request: names the cluster.
        purpose: begins the stack's name.
    """
    own = dataclasses.replace(request, stack=f"{purpose}-{secrets.token_hex(2)}")
    say(f"Stack {own.stack}")
    try:
        yield Stand(own)
    finally:
        destroy.destroy(own, with_data=True)
        pulumi.forget_settings(own.stack)
