"""The namespace: everything a stack has in the cluster, and nothing of any other."""

from collections.abc import Collection
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Namespace as KubernetesNamespace
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from mlplatform import clashes, names
from mlplatform.existing import Existing
from mlplatform.ownership import Owner
from mlplatform.placement import KEPT, labels

# Pinned, so that an upgrade of the cluster does not refuse pods that it accepted before.
_POD_SECURITY_VERSION = "v1.35"


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """Arguments of `Namespace`.

    Attributes:
        stack: name of the stack.
        context: kubeconfig context of the cluster.
        existing: what the cluster has.
        artifacts: how artifacts travel.
        mlflow_image: image of MLflow, to whose schema the data is brought.
        ephemeral: False keeps the namespace, and with it the volumes, when the stack is destroyed.
        expires_at: when the stack may be destroyed without asking; None for never.
        store: the stack's own store: minio or seaweedfs.
        external: the parts that the stack uses and does not own.
    """

    stack: str
    context: str
    existing: Existing
    artifacts: str
    mlflow_image: str
    ephemeral: bool
    expires_at: str | None
    store: str
    external: Collection[str]


class Namespace(pulumi.ComponentResource):
    """The namespace of a stack, which admits restricted pods only.

    Attributes:
        namespace_name: name of the namespace, known once it exists.
    """

    namespace_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the namespace.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of the namespace.
        """
        super().__init__("mlplatform:index:Namespace", name, None, opts)
        pod_security: dict[str, str] = {}
        for mode in ("enforce", "audit", "warn"):
            pod_security[f"pod-security.kubernetes.io/{mode}"] = "restricted"
            pod_security[f"pod-security.kubernetes.io/{mode}-version"] = _POD_SECURITY_VERSION
        # A create is a server-side apply, which would take over a namespace of the same name that a
        # stack of another state has made.
        owner = Owner(f"{name}-owner", args.context, pulumi.ResourceOptions(parent=self))
        annotations: dict[str, pulumi.Input[str]] = {
            **KEPT,
            names.OWNER: owner.value.apply(
                lambda text: clashes.refuse_anothers(args.stack, args.existing, text)
            ),
            names.ARTIFACTS: args.artifacts,
            names.MLFLOW_IMAGE: args.mlflow_image,
        }
        if args.expires_at is not None:
            annotations[names.EXPIRES_AT] = args.expires_at
        if args.store != "minio":
            annotations[names.STORE] = args.store
        if args.external:
            annotations[names.EXTERNAL] = ",".join(sorted(args.external))
        namespace = KubernetesNamespace(
            f"{name}-namespace",
            metadata=ObjectMetaArgs(
                name=names.namespace(args.stack),
                labels={
                    **labels("namespace", args.stack),
                    **pod_security,
                    names.EPHEMERAL: str(args.ephemeral).lower(),
                },
                annotations=annotations,
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                # Deleting a namespace deletes the claims in it, retained or not.
                retain_on_delete=not args.ephemeral,
                custom_timeouts=pulumi.CustomTimeouts(delete="2m"),
            ),
        )
        self.namespace_name = namespace.metadata.name
        self.register_outputs({"namespaceName": self.namespace_name})
