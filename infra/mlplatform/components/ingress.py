"""The public hosts of a stack, as Ingresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.networking.v1 import (
    HTTPIngressPathArgs,
    HTTPIngressRuleValueArgs,
    IngressBackendArgs,
    IngressRuleArgs,
    IngressServiceBackendArgs,
    IngressSpecArgs,
    IngressTLSArgs,
    ServiceBackendPortArgs,
)
from pulumi_kubernetes.networking.v1 import Ingress as KubernetesIngress

from mlplatform import names
from mlplatform.placement import SKIP_AWAIT, Placement
from mlplatform.public_hosts import PublicHost

_TRAEFIK = "traefik.io"
_ROUTER = "traefik.ingress.kubernetes.io/router"
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
        is_ours: whether that is this project's own, of cluster/ingress/.
        public_hosts: what is served.
        certificate: name of the Secret with the certificate of the hosts; None for plain HTTP.
        redirects: whether plain HTTP is answered with 308 where there is a certificate.
    """

    placement: Placement
    ingress_class: str
    controller: str | None
    is_ours: bool
    public_hosts: Sequence[PublicHost]
    certificate: pulumi.Input[str] | None
    redirects: bool


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
            of_tls = _tls_annotations(controller, args, public.host) if args.certificate else {}
            KubernetesIngress(
                f"{name}-{public.service}",
                metadata=args.placement.metadata(
                    public.service, public.service, {**annotations, **of_tls}
                ),
                spec=IngressSpecArgs(
                    ingress_class_name=args.ingress_class,
                    tls=None
                    if args.certificate is None
                    else [IngressTLSArgs(hosts=[public.host], secret_name=args.certificate)],
                    rules=[IngressRuleArgs(host=public.host, http=_below_the_path(public))],
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def _tls_annotations(controller: str, args: IngressArgs, host: str) -> Mapping[str, str]:
    """What a controller must be told about TLS besides the Secret.

    A browser that is told to ask for a host by TLS only (HSTS) keeps to that for a year: not where
    the host may be another's in the next network.
    """
    is_strict = args.redirects and not names.is_private(host)
    if args.is_ours:
        middlewares = ["to-https@file"] if args.redirects else []
        middlewares += ["strict-transport-security@file"] if is_strict else []
        return {
            f"{_ROUTER}.entrypoints": "web,websecure",
            **({f"{_ROUTER}.middlewares": ",".join(middlewares)} if middlewares else {}),
        }
    redirects = str(args.redirects).lower()
    if _TRAEFIK in controller and args.redirects:
        # Its redirections are middlewares, which an Ingress can only name. Here plain HTTP is not
        # served at all, unless its owner redirects everything, as most do.
        return {f"{_ROUTER}.entrypoints": "websecure", f"{_ROUTER}.tls": "true"}
    return {
        "nginx.ingress.kubernetes.io/ssl-redirect": redirects,
        "ingress.kubernetes.io/ssl-redirect": redirects,  # that of nginx.org
        **({"nginx.org/hsts": "true"} if is_strict else {}),
    }


def _below_the_path(public: PublicHost) -> HTTPIngressRuleValueArgs:
    service = IngressServiceBackendArgs(
        name=public.service, port=ServiceBackendPortArgs(name=public.port)
    )
    return HTTPIngressRuleValueArgs(
        paths=[
            HTTPIngressPathArgs(
                path=public.path, path_type="Prefix", backend=IngressBackendArgs(service=service)
            )
        ]
    )
