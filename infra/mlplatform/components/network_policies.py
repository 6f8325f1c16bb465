"""Network policies: default deny, both ways, and the few edges that a stack needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network

import pulumi
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, LabelSelectorRequirementArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicy,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
)

from mlplatform import names, server
from mlplatform.edges import Edge
from mlplatform.peers import Addresses, Guests, Namespace, Peer
from mlplatform.placement import Placement

_BOTH_WAYS = ["Ingress", "Egress"]
# Where clouds tell a machine its credentials. No range that holds one of these opens the way to it.
_METADATA = [
    ip_network(cidr)
    for cidr in ("169.254.0.0/16", "100.100.100.200/32", "fe80::/10", "fd00:ec2::254/128")
]
# The cluster's DNS: its pods, or a cache on each node
# (https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/).
_DNS = (Namespace("kube-system"), Addresses("169.254.20.10/32"))
_DNS_PORT = 53


@dataclass(frozen=True, kw_only=True)
class NetworkPoliciesArgs:
    """Arguments of `NetworkPolicies`.

    Attributes:
        placement: the stack it belongs to.
        edges: what stays open.
    """

    placement: Placement
    edges: Sequence[Edge]


class NetworkPolicies(pulumi.ComponentResource):
    """One policy for all pods of the namespace, and one more for each part that has edges.

    They hold where the cluster's network plugin enforces them; elsewhere they do nothing.
    """

    def __init__(
        self, name: str, args: NetworkPoliciesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the policies.

        Args:
            name: name of the component.
            args: what stays open.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:NetworkPolicies", name, None, opts)
        placement = args.placement
        anybody = (edge for edge in args.edges if edge.client == Namespace(None))
        if any((edge.server, edge.port) == (names.MLFLOW, server.PORT) for edge in anybody):
            pulumi.log.warn(
                "where the ingress controller lives is not known, so the pods of every namespace "
                "that is no stack's may connect to MLflow and the store. Name it: "
                "pulumi config set ingressFrom NAMESPACE",
                self,
            )
        ends = (end for edge in args.edges for end in (edge.client, edge.server))
        specs = {
            "default": NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(),
                policy_types=_BOTH_WAYS,
                egress=[
                    NetworkPolicyEgressRuleArgs(
                        to=[_peer(peer, placement) for peer in _DNS],
                        ports=[*_ports(_DNS_PORT, "UDP"), *_ports(_DNS_PORT, "TCP")],
                    )
                ],
            ),
            **{
                _name(part): NetworkPolicySpecArgs(
                    pod_selector=_selector(part, placement),
                    policy_types=_BOTH_WAYS,
                    ingress=[
                        NetworkPolicyIngressRuleArgs(
                            from_=[_peer(edge.client, placement)], ports=_ports(edge.port)
                        )
                        for edge in args.edges
                        if edge.server == part
                    ],
                    egress=[
                        NetworkPolicyEgressRuleArgs(
                            to=[_peer(edge.server, placement)], ports=_ports(edge.port)
                        )
                        for edge in args.edges
                        if edge.client == part
                    ],
                )
                for part in dict.fromkeys(end for end in ends if isinstance(end, str | Guests))
            },
        }
        for part, spec in specs.items():
            NetworkPolicy(
                f"{name}-{part}",
                metadata=placement.metadata(part, part),
                spec=spec,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def _ports(port: int | None, protocol: str = "TCP") -> list[NetworkPolicyPortArgs]:
    return [] if port is None else [NetworkPolicyPortArgs(port=port, protocol=protocol)]


def _name(part: str | Guests) -> str:
    return part if isinstance(part, str) else part.name


def _selector(part: str | Guests, placement: Placement) -> LabelSelectorArgs:
    if isinstance(part, str):
        return placement.selector(part)
    return LabelSelectorArgs(match_labels={part.label: "true"})


def _peer(peer: Peer, placement: Placement) -> NetworkPolicyPeerArgs:
    if isinstance(peer, str | Guests):
        return NetworkPolicyPeerArgs(pod_selector=_selector(peer, placement))
    if isinstance(peer, Addresses):
        return NetworkPolicyPeerArgs(
            ip_block=IPBlockArgs(cidr=peer.cidr, except_=_metadata_in(peer.cidr))
        )
    if peer.name is None:
        no_stack = LabelSelectorRequirementArgs(
            key=names.PART_OF, operator="NotIn", values=[names.PROJECT]
        )
        selector = LabelSelectorArgs(match_expressions=[no_stack])
    else:
        selector = LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": peer.name})
    return NetworkPolicyPeerArgs(namespace_selector=selector)


def _metadata_in(cidr: str) -> list[str]:
    whole = ip_network(cidr)
    return [
        str(one)
        for one in _METADATA
        if one.network_address in whole and one.prefixlen > whole.prefixlen
    ]
