"""Secrets in the cluster, and how pods refer to them."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.core.v1 import EnvVarArgs, EnvVarSourceArgs, Secret, SecretKeySelectorArgs

from mlplatform.placement import KEPT, Placement

# To Kubernetes its fields belong to whoever wrote them last.
_SHARED = {"pulumi.com/patchForce": "true"}
TLS_SECRET = "kubernetes.io/tls"  # noqa: S105 - a type
"""Type of a Secret with a certificate."""


@dataclass(frozen=True, kw_only=True)
class SecretReference:
    """A Secret as pods see it.

    Attributes:
        name: name of the Secret, known once it exists.
        fingerprint: changes whenever the content does, and says nothing about it.
    """

    name: pulumi.Input[str]
    fingerprint: pulumi.Input[str]

    def variable(self, name: str, key: str) -> EnvVarArgs:
        """Return the environment variable `name` with the value stored under `key`."""
        return EnvVarArgs(
            name=name,
            value_from=EnvVarSourceArgs(
                secret_key_ref=SecretKeySelectorArgs(name=self.name, key=key)
            ),
        )


def keep_secret(
    resource: str,
    part: str,
    placement: Placement,
    *,
    name: str,
    content: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
    retained: bool = False,
    kind: str | None = None,
    also_written_by_others: bool = False,
) -> SecretReference:
    """Declare a Secret.

    Args:
        resource: name of the resource.
        part: the part of the stack that it belongs to.
        placement: the stack.
        name: name of the Secret.
        content: values by key.
        parent: the component that makes it.
        retained: whether it outlives the stack, with data that nothing else can read.
        kind: its type; None for no particular one.
        also_written_by_others: whether something in the cluster writes it too.
    """
    secret = Secret(
        resource,
        metadata=placement.metadata(
            part, name, KEPT if retained else _SHARED if also_written_by_others else None
        ),
        type=kind,
        string_data=content,
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=retained),
    )
    fingerprint = pulumi.Output.all(key=placement.fingerprint_key, content=content).apply(
        lambda known: _fingerprint(known["key"], known["content"])
    )
    return SecretReference(
        name=secret.metadata.name, fingerprint=pulumi.Output.unsecret(fingerprint)
    )


def _fingerprint(key: str, content: dict[str, Any]) -> str:
    # With a key of its own, because a plain hash lets whoever may see pods try out passwords.
    text = json.dumps(content, sort_keys=True)
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:16]
