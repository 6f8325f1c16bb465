"""What the user asks for, by the variables of `make`."""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cluster import ingress, nodes, profiles
from cluster.kind import Kind, kind_of
from front_door import expiry
from images.destination import Destination
from images.names import LOCAL_REGISTRY
from toolchain import proxy
from toolchain.paths import ROOT
from toolchain.process import Failed

STACK = re.compile(r"[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?")
"""A part of host names and of the namespace: with its prefix a label of 63 characters at most."""


@dataclass(frozen=True)
class Request:
    """One stack on one cluster.

    Attributes:
        stack: the Pulumi stack.
        context: the context that the user named, here or for this stack before; None where
            the cluster is the Minikube of the current profile.
        expires_at: when the stack may be reaped; None leaves that as it is.
        auth: whether MLflow is to ask for a password from now on; else that stays as it is.
    """

    stack: str
    context: str | None
    expires_at: str | None = None
    auth: bool = False

    @property
    def kind(self) -> Kind:
        """How there comes to be a cluster for it."""
        return kind_of(self.context)

    @property
    def context_name(self) -> str:
        """The context to deploy to."""
        return self.context or profiles.profile()

    @property
    def configured_context(self) -> str:
        """The context that the stack's settings name: Pulumi's own, if nobody tells it another."""
        return _setting(self.stack, "context") or profiles.DEFAULT

    @property
    def image_registry(self) -> str | None:
        """Where the stack's images are pushed to and pulled from; None: they are on the node."""
        registry = _setting(self.stack, "imageRegistry")
        return None if registry == LOCAL_REGISTRY else registry

    @property
    def destination(self) -> Destination:
        """Which images the stack needs, and where.

        Raises:
            Failed: its nodes are of several architectures.
        """
        store = _setting(self.stack, "store") or "minio"
        monitored = _setting(self.stack, "monitoring") not in (None, "off")
        registry = self.image_registry
        if registry is None:
            return Destination(store=store, monitored=monitored)
        architecture = nodes.architecture(self.context_name, _setting(self.stack, "nodeSelector"))
        return Destination(
            host=registry, store=store, monitored=monitored, architecture=architecture
        )

    @property
    def serves_models(self) -> bool:
        """Whether the stack serves registered models."""
        return _setting(self.stack, "models") not in (None, "none")

    @property
    def needs_default_class(self) -> bool:
        """Whether the stack has volumes of the cluster's default StorageClass."""
        has_volumes = not all(
            _setting(self.stack, key) for key in ("externalPostgres", "externalS3")
        )
        return has_volumes and _setting(self.stack, "storageClass") in (None, "auto")

    @property
    def ingress_class(self) -> str | None:
        """The class of the stack's Ingresses; None where a Gateway takes their place."""
        if _setting(self.stack, "gateway") not in (None, "auto"):
            return None
        return _setting(self.stack, "ingressClass") or ingress.CLASS

    @property
    def namespace(self) -> str:
        """Where the stack's objects are."""
        return namespace_of(self.stack)


def namespace_of(stack: str) -> str:
    """The namespace of a stack, as the Pulumi program names it."""
    return f"mlplatform-{stack}"


def from_environment() -> Request:
    """Read STACK, CONTEXT, TTL and AUTH, which the Makefile exports.

    A context that is a Minikube's is the current profile from here on, for every part.

    Raises:
        Failed: the stack's name could not be part of a host name, TTL is no duration, or AUTH is
            not what it may be.
    """
    stack = os.environ.get("STACK") or "dev"
    if not STACK.fullmatch(stack):
        raise Failed(
            "a stack name that can be part of a host name",
            f"STACK={stack}",
            "use lower-case letters, digits and inner hyphens, at most 52: STACK=pr-42",
        )
    context = os.environ.get("CONTEXT") or _setting(stack, "context")
    if context and (context == profiles.profile() or profiles.exists(context)):
        profiles.select(context)
        context = None
    # Minikube passes them by for itself alone.
    nodes = [] if context else profiles.addresses(profiles.profile())
    proxy.pass_by([*proxy.THIS_MACHINE, *nodes])
    return Request(
        stack,
        context,
        expiry.from_environment(datetime.now(UTC)),
        auth=_auth(),
    )


def _auth() -> bool:
    text = os.environ.get("AUTH", "")
    if text not in ("", "1"):
        todo = "AUTH=1 turns passwords on; off: pulumi config set auth false, then make up"
        raise Failed("AUTH=1, or no AUTH", f"AUTH={text}", todo)
    return bool(text)


def _setting(stack: str, key: str) -> str | None:
    """A plain value of Pulumi.<stack>.yaml; read without Pulumi, which may not be there yet."""
    settings = ROOT / f"Pulumi.{stack}.yaml"
    text = settings.read_text() if settings.exists() else ""
    match = re.search(rf"^\s+mlplatform:{key}:\s*[\"']?([^\"'\s]+)", text, re.MULTILINE)
    return match[1] if match else None
