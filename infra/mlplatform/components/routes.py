"""The public hosts of a stack, as routes of the Gateway API."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from mlplatform.placement import SKIP_AWAIT, Placement
from mlplatform.public_hosts import PublicHost


@dataclass(frozen=True, kw_only=True)
class RoutesArgs:
    """Arguments of `Routes`.

    Attributes:
        placement: the stack it belongs to.
        gateway: namespace and name of the Gateway that serves the hosts.
        public_hosts: what is served.
    """

    placement: Placement
    gateway: tuple[str, str]
    public_hosts: Sequence[PublicHost]


class Routes(pulumi.ComponentResource):
    """One HTTPRoute per public host."""

    def __init__(
        self, name: str, args: RoutesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the hosts.

        Args:
            name: name of the component.
            args: what to serve.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Routes", name, None, opts)
        namespace, gateway = args.gateway
        for public in args.public_hosts:
            CustomResource(
                f"{name}-{public.service}",
                api_version="gateway.networking.k8s.io/v1",
                kind="HTTPRoute",
                metadata=args.placement.metadata(public.service, public.service, SKIP_AWAIT),
                spec={
                    "parentRefs": [{"namespace": namespace, "name": gateway}],
                    "hostnames": [public.host],
                    "rules": [
                        {
                            "matches": [{"path": {"type": "PathPrefix", "value": public.path}}],
                            "backendRefs": [{"name": public.service, "port": public.port_number}],
                        }
                    ],
                },
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
