"""The public hosts of a stack."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.networking.v1 import (
    HTTPIngressPathArgs,
    HTTPIngressRuleValueArgs,
    IngressBackendArgs,
    IngressRuleArgs,
    IngressServiceBackendArgs,
    IngressSpecArgs,
    ServiceBackendPortArgs,
)
from pulumi_kubernetes.networking.v1 import Ingress as KubernetesIngress

from mlplatform.placement import SKIP_AWAIT, Placement

# ingress-nginx holds requests back until it has them whole, refuses bodies above 1 MB and gives up
# after a minute (mlflow#10332, mlflow#7564). Traefik does none of this.
_CLASS_ANNOTATIONS = {
    "nginx": {
        "nginx.ingress.kubernetes.io/proxy-body-size": "0",
        "nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
        "nginx.ingress.kubernetes.io/proxy-read-timeout": "600",
        "nginx.ingress.kubernetes.io/proxy-send-timeout": "600",
    }
}


@dataclass(frozen=True, kw_only=True)
class PublicHost:
    """A host name and the Service port behind it.

    Attributes:
        host: host name.
        service: name of the Service, of the Ingress, and of the part of the stack.
        port: name of the Service's port.
    """

    host: str
    service: str
    port: str


@dataclass(frozen=True, kw_only=True)
class IngressArgs:
    """Arguments of `Ingress`.

    Attributes:
        placement: the stack it belongs to.
        ingress_class: IngressClass that serves the hosts.
        public_hosts: what is served.
    """

    placement: Placement
    ingress_class: str
    public_hosts: Sequence[PublicHost]


class Ingress(pulumi.ComponentResource):
    """One Ingress per public host."""

    def __init__(
        self, name: str, args: IngressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the hosts.

        Args:
            name: name of the component.
            args: what to serve.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Ingress", name, None, opts)
        annotations = {**SKIP_AWAIT, **_CLASS_ANNOTATIONS.get(args.ingress_class, {})}
        for public in args.public_hosts:
            KubernetesIngress(
                f"{name}-{public.service}",
                metadata=args.placement.metadata(public.service, public.service, annotations),
                spec=IngressSpecArgs(
                    ingress_class_name=args.ingress_class,
                    rules=[IngressRuleArgs(host=public.host, http=_everything_to(public))],
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def _everything_to(public: PublicHost) -> HTTPIngressRuleValueArgs:
    service = IngressServiceBackendArgs(
        name=public.service, port=ServiceBackendPortArgs(name=public.port)
    )
    return HTTPIngressRuleValueArgs(
        paths=[
            HTTPIngressPathArgs(
                path="/", path_type="Prefix", backend=IngressBackendArgs(service=service)
            )
        ]
    )
