"""Where the objects of a stack go, and how they are marked as its own."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from mlplatform import names
from mlplatform.pod_settings import PodSettings

# The awaiters of Services and Ingresses sleep 10 s after every event and wait for a status that not
# every controller writes (pulumi-kubernetes#268, #1810). What is behind them is waited for instead.
# On servers the annotation would also skip the wait for their deletion: never put it there.
SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}

# Deleted in the foreground, as is the provider's default, an object waits for the garbage
# collector: most for half a second, a Service for a whole one. A workload is to wait, for its pods.
_AT_ONCE = {"pulumi.com/deletionPropagationPolicy": "background"}

# What a durable stack leaves is taken over by the next state, with values of its own. To Kubernetes
# its fields would belong to the state before, and changing one would be a conflict.
KEPT = {"pulumi.com/patchForce": "true", "pulumi.com/patchFieldManager": names.PROJECT}


def selector_labels(part: str, stack: str) -> dict[str, str]:
    """Return the labels that tell the pods of one part of one stack from all others."""
    return {names.PART: part, "app.kubernetes.io/instance": stack}


def labels(part: str, stack: str) -> dict[str, str]:
    """Return the labels that every object carries."""
    return {
        **selector_labels(part, stack),
        names.PART_OF: names.PROJECT,
        "app.kubernetes.io/managed-by": "pulumi",
    }


@dataclass(frozen=True, kw_only=True)
class Placement:
    """What every component is told about the stack it belongs to.

    Attributes:
        stack: name of the stack.
        namespace: name of the namespace, known once that exists.
        ephemeral: whether data is deleted with the stack and pods may stop without draining.
        fingerprint_key: secret random text, the same for the life of the stack.
        pods: what the settings demand of every pod.
    """

    stack: str
    namespace: pulumi.Input[str]
    ephemeral: bool
    fingerprint_key: pulumi.Input[str]
    pods: PodSettings

    def metadata(
        self,
        part: str,
        name: pulumi.Input[str] | None,
        annotations: Mapping[str, pulumi.Input[str]] | None = None,
        *,
        has_pods: bool = False,
    ) -> ObjectMetaArgs:
        """Return the metadata of an object; without a name the provider makes one up."""
        at_once = {} if has_pods else _AT_ONCE
        return ObjectMetaArgs(
            name=name,
            namespace=self.namespace,
            labels=labels(part, self.stack),
            annotations={**at_once, **(annotations or {})} or None,
        )

    def selector(self, part: str) -> LabelSelectorArgs:
        """Return the selector of the pods of one part."""
        return LabelSelectorArgs(match_labels=selector_labels(part, self.stack))
