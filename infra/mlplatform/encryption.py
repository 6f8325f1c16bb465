"""The keys that MLflow encrypts with what others have entrusted to it."""

import hashlib
import hmac

import pulumi
from pulumi_kubernetes.core.v1 import EnvVarArgs

from mlplatform import names
from mlplatform.placement import Placement
from mlplatform.secret_objects import SecretReference, keep_secret

_VARIABLES = {
    "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": "key",
    # Without one MLflow takes a passphrase that everybody knows.
    "MLFLOW_CRYPTO_KEK_PASSPHRASE": "passphrase",
    # What they were before: images/mlflow/mlplatform_server/keys.py.
    "MLPLATFORM_PREVIOUS_WEBHOOK_KEY": "previousKey",
    "MLPLATFORM_PREVIOUS_PASSPHRASE": "previousPassphrase",
}


def keep_keys(
    resource: str,
    placement: Placement,
    *,
    key: pulumi.Output[str],
    previous_key: pulumi.Output[str],
    parent: pulumi.Resource,
) -> SecretReference:
    """Declare the Secret of the keys.

    Without one every server makes a key and forgets it, and after its restart no webhook can be
    read any more. It outlives a durable stack, whose database it is for.

    Args:
        resource: name of the resource.
        placement: the stack.
        key: what the secrets of webhooks are encrypted with.
        previous_key: what that was before; "" where it was never another.
        parent: the component that makes it.
    """
    return keep_secret(
        resource,
        names.MLFLOW,
        placement,
        name=names.WEBHOOKS,
        content={
            "key": key,
            "passphrase": key.apply(_passphrase),
            "previousKey": previous_key,
            "previousPassphrase": previous_key.apply(lambda one: one and _passphrase(one)),
        },
        parent=parent,
        retained=not placement.ephemeral,
    )


def variables(keys: SecretReference) -> list[EnvVarArgs]:
    """Return what tells a server the keys."""
    return [keys.variable(name, key=key) for name, key in _VARIABLES.items()]


def _passphrase(key: str) -> str:
    """What the AI gateway's keys of others are encrypted with: kept as long as the key is."""
    return hmac.new(key.encode(), b"gateway", hashlib.sha256).hexdigest()
