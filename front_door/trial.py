"""The live part of `make test`: stacks of its own, each from nothing to nothing."""

import dataclasses
import secrets

from front_door import destroy, pulumi
from front_door.deployment import deploy, prepare
from front_door.phases import Phases
from front_door.request import Request

DEFAULT: dict[str, str] = {}
OTHER = {
    "ephemeral": "false",
    "artifacts": "presigned",
    "replicas": "2",
    "mlflowHost": "tracking.mlplatform-test.internal",
    "minioHost": "store.mlplatform-test.internal",
    "postgresStorage": "1Gi",
    "minioStorage": "3Gi",
    "mlflowMemory": "1Gi",
}
"""Differs from the default in all that can differ wherever a default stack runs."""
OTHER_SECRETS = {
    "postgresPassword": "every@:/?#[]%+'\"\\`$(character)",
    "minioRootPassword": "every@:/?#[]%+'\"\\`$(character)",
    "s3SecretKey": "at/most+forty@:?#[]%characters'\"\\`$()",
}


def trial(request: Request) -> None:
    """Deploy, judge, deploy again without a change, and destroy: the default stack and another.

    Raises:
        Failed: a step did; the stack is destroyed.
    """
    stacks = (("test", DEFAULT, {}), ("other", OTHER, OTHER_SECRETS))
    phases = Phases(3 + 4 * len(stacks))
    prepare(request, phases)
    for name, values, secret_values in stacks:
        own = dataclasses.replace(request, stack=f"{name}-{secrets.token_hex(2)}")
        try:
            pulumi.configure(own.stack, values, secret_values)
            deploy(own, phases, f"{name}: ")
            with phases.phase(f"{name}: unchanged"):
                pulumi.up(own, expect_no_changes=True)
        finally:
            with phases.phase(f"{name}: down"):
                destroy.destroy(own, with_data=True)
            pulumi.forget_settings(own.stack)
    print(phases.table())
