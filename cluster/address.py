"""Where a stack is reached."""

from cluster.kubectl import get
from toolchain.process import Failed


def ingress_address(context: str, namespace: str) -> str:
    """The address at which the ingress controller answers, as it says itself.

    Args:
        context: kubectl context of the cluster.
        namespace: namespace of the stack.

    Raises:
        Failed: the controller has given the stack's Ingress no address.
    """
    for ingress in get(context, "ingress", f"--namespace={namespace}"):
        for entry in ingress["status"].get("loadBalancer", {}).get("ingress", []):
            if "ip" in entry:
                return entry["ip"]
    raise Failed(
        f"the address of the ingress in namespace {namespace}",
        "its Ingress has none: no controller serves its class, or it is not deployed",
        f"make up; kubectl --context={context} --namespace={namespace} describe ingress",
    )
