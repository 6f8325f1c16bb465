"""Where a stack is reached."""

import os
import socket
import time

from cluster.kubectl import get
from toolchain.process import Failed, say

PORT = 80
TLS_PORT = 443
THIS_MACHINE = "127.0.0.1"
PATIENCE_S = 180
"""A cloud's load balancer takes that long to be made, to get its name, and to pass packets on."""
POLL_S = 2
ANSWER_TIMEOUT_S = 3


def ingress_address(context: str, namespace: str, *, patience_s: float = 0) -> str:
    """The address at which a stack's hosts answer.

    That is `INGRESS_ADDRESS`; else what the ingress controller says itself, if it answers there;
    else this machine, where a node that cannot be reached has its port published, or a tunnel ends.

    Args:
        context: kubectl context of the cluster.
        namespace: namespace of the stack.
        patience_s: how long the controller may take to say anything.

    Raises:
        Failed: the controller has given the stack's Ingress no address, or nobody answers.
    """
    if given := os.environ.get("INGRESS_ADDRESS"):
        return given
    address, port = _waited_for(context, namespace, patience_s)
    for candidate in (address, THIS_MACHINE):
        if answers(candidate, port):
            return candidate
    raise Failed(
        f"an answer from the ingress, at port {port} of {address}",
        f"none, and none at {THIS_MACHINE}",
        "a node that this machine cannot reach has its port published if `make cluster` makes it; "
        f"for one that is there: `minikube tunnel --profile={context}` in another terminal, or "
        "INGRESS_ADDRESS=... where the ingress does answer",
    )


def answers(address: str, port: int | None = None) -> bool:
    """Whether somebody takes connections at an address's port, 80 by default."""
    try:
        socket.create_connection((address, port or PORT), ANSWER_TIMEOUT_S).close()
    except OSError:
        return False
    return True


def _waited_for(context: str, namespace: str, patience_s: float) -> tuple[str, int]:
    deadline = time.monotonic() + patience_s
    is_first = True
    while True:
        try:
            return _in_status(context, namespace)
        except Failed as failure:
            if time.monotonic() >= deadline:
                raise
            if is_first:
                say(f"The ingress has no address yet; up to {patience_s:.0f} s from now\n{failure}")
            is_first = False
        time.sleep(POLL_S)


def _in_status(context: str, namespace: str) -> tuple[str, int]:
    """The address that the controller has written into the status of the stack's Ingress, and port.

    A company's may answer by TLS only.
    """
    came = "its Ingress has none: no controller serves its class, or it is not deployed"
    for entry, has_tls in _entries(context, namespace):
        port = TLS_PORT if has_tls else PORT
        if "ip" in entry:
            return entry["ip"], port
        try:
            found = socket.getaddrinfo(entry["hostname"], port, family=socket.AF_INET)
        except socket.gaierror as error:
            came = f"{entry['hostname']}, which nobody knows: {error}"
            continue
        address = str(found[0][4][0])
        if answers(address, port):
            return address, port
        came = f"{entry['hostname']}, which does not answer at {address}:{port}"
    raise Failed(
        f"the address of the ingress in namespace {namespace}",
        came,
        f"make up; kubectl --context={context} --namespace={namespace} describe ingress",
    )


def _entries(context: str, namespace: str) -> list[tuple[dict[str, str], bool]]:
    """What the controllers say of the stack's Ingresses, or else of the Gateways of its routes.

    With each address whether it is to answer by TLS.
    """
    ingresses = get(context, "ingress", f"--namespace={namespace}")
    entries = [
        (entry, "tls" in ingress["spec"])
        for ingress in ingresses
        for entry in ingress["status"].get("loadBalancer", {}).get("ingress", [])
    ]
    return entries if ingresses else _entries_of_gateways(context, namespace)


def _entries_of_gateways(context: str, namespace: str) -> list[tuple[dict[str, str], bool]]:
    try:
        routes = get(context, "httproutes.gateway.networking.k8s.io", f"--namespace={namespace}")
    except Failed:
        return []  # A cluster without the Gateway API.
    return [
        (
            {"ip" if address.get("type") == "IPAddress" else "hostname": address["value"]},
            any(listener["protocol"] == "HTTPS" for listener in gateway["spec"]["listeners"]),
        )
        for route in routes
        for parent in route["spec"]["parentRefs"]
        for gateway in get(context, "gateway", parent["name"], f"--namespace={parent['namespace']}")
        for address in gateway.get("status", {}).get("addresses", [])
    ]
