"""The public hosts of a stack, as Ingresses."""

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
from mlplatform.public_hosts import PublicHost

# Both hold requests back until they have them whole, refuse bodies above 1 MB and give up after a
# minute (mlflow#10332, mlflow#7564). Traefik does none of this. By controller, because a class may
# have any name.
_ANNOTATIONS = {
    "ingress-nginx": {
        "nginx.ingress.kubernetes.io/proxy-body-size": "0",
        "nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
        "nginx.ingress.kubernetes.io/proxy-read-timeout": "600",
        "nginx.ingress.kubernetes.io/proxy-send-timeout": "600",
    },
    # https://docs.nginx.com/nginx-ingress-controller/configuration/ingress-resources/
    "nginx.org": {
        "nginx.org/client-max-body-size": "0",
        "nginx.org/proxy-read-timeout": "600s",
        "nginx.org/proxy-send-timeout": "600s",
    },
}


@dataclass(frozen=True, kw_only=True)
class IngressArgs:
    """Arguments of `Ingress`.

    Attributes:
        placement: the stack it belongs to.
        ingress_class: IngressClass that serves the hosts.
        controller: what serves the class; None where the cluster does not tell.
        public_hosts: what is served.
    """

    placement: Placement
    ingress_class: str
    controller: str | None
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
        # Those of another controller are ignored, so a guess by the name does no harm.
        controller = args.controller or f"ingress-{args.ingress_class}"
        annotations = {
            **SKIP_AWAIT,
            **next((_ANNOTATIONS[name] for name in _ANNOTATIONS if name in controller), {}),
        }
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
