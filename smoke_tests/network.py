"""Resolve the stack's hosts to the ingress, inside this process: no /etc/hosts line, no sudo."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def resolve(hosts: Collection[str], address: str, *, others: bool = True) -> Iterator[None]:
    """Let `hosts`, and no other name, resolve to `address` until the block ends.

    Requests, urllib3 and botocore look up `socket.getaddrinfo` at every new connection, so that
    the Host header and a signature still carry the name.

    Args:
        hosts: Host names in lower case.
        address: IP address of the ingress.
        others: Whether any other name can be resolved, /etc/hosts and DNS included.
    """
    original: Callable[..., list[Any]] = socket.getaddrinfo

    def getaddrinfo(
        host: bytes | str | None, *rest: bytes | str | int | None, **options: int
    ) -> list[Any]:
        is_ours = isinstance(host, str) and host.lower() in hosts
        if not (is_ours or others):
            raise socket.gaierror(socket.EAI_NONAME, f"{host!r} is kept from this client")
        return original(address if is_ours else host, *rest, **options)

    socket.getaddrinfo = getaddrinfo
    try:
        yield
    finally:
        socket.getaddrinfo = original
