"""The other end of a connection as network policies know it, and the readers of it in settings."""

import re
from dataclasses import dataclass
from ipaddress import ip_network

from mlplatform.values import DNS_NAME, Refused


@dataclass(frozen=True)
class Namespace:
    """The pods of a namespace; those of every namespace that is no stack's where it has no name."""

    name: str | None


@dataclass(frozen=True)
class Addresses:
    """The addresses of a range, in CIDR notation."""

    cidr: str


@dataclass(frozen=True)
class Guests:
    """Pods that others start in the stack's namespace for it: what they are, and their label."""

    name: str
    label: str


# A part of the stack by its name, or somebody else.
Peer = str | Guests | Namespace | Addresses
# Somebody who listens; None stands for every port.
Server = tuple[Peer, int | None]


def entrances(text: str) -> tuple[Peer, ...]:
    """Read namespaces and ranges of addresses, separated by commas."""
    found = tuple(
        Addresses(word) if _is_range(word) else Namespace(word) for word in text.split(",")
    )
    if not all(isinstance(one, Addresses) or DNS_NAME.fullmatch(one.name or "") for one in found):
        raise Refused(
            "namespaces or ranges of addresses, separated by commas", "ingress-nginx,10.0.0.0/8"
        )
    return found


def servers(text: str) -> tuple[Server, ...]:
    """Read ranges of addresses with a port each, separated by commas."""
    found = [word.rpartition(":") for word in text.split(",")]
    if not all(
        _is_range(cidr) and re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 2**16
        for cidr, _, port in found
    ):
        raise Refused(
            "ranges of addresses with a port each, separated by commas",
            "0.0.0.0/0:443,10.1.2.3/32:8443",
        )
    return tuple((Addresses(cidr), int(port)) for cidr, _, port in found)


def _is_range(text: str) -> bool:
    """Tell whether it is one as Kubernetes takes it: with no bit set beyond its prefix."""
    try:
        return "/" in text and bool(ip_network(text))
    except ValueError:
        return False
