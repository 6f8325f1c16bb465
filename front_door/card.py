"""What a person or a client needs to use a stack."""

import platform
import shlex
from typing import Any

from cluster.address import ingress_address
from front_door.leftovers import hosts_file
from front_door.phases import Phases
from front_door.request import Request
from smoke_tests.outputs import outputs


def card(request: Request, phases: Phases) -> str:
    """The closing words of `make up`: where it is, how to use it, how to remove it."""
    known = outputs(request.stack)
    stack = "" if request.stack == "dev" else f" STACK={request.stack}"
    return f"""
MLflow is ready: stack {request.stack}, namespace {request.namespace}

  MLflow   {known["trackingUri"]}
  S3       {known["s3EndpointUrl"]} (bucket {known["bucket"]})

For this machine to know these names, once:
  make -s hosts{stack} | sudo tee -a /etc/hosts
Then open {known["trackingUri"]} in a browser, and for Python:
  export MLFLOW_TRACKING_URI={known["trackingUri"]}
For direct S3 as well:
  eval "$(make -s env{stack})"

Remove it with
  make down{stack}

{phases.table()}"""


def exports(known: dict[str, Any]) -> str:
    """Lines for a POSIX shell: the tracking URI, and S3 for a client that goes there directly."""
    variables = {
        "MLFLOW_TRACKING_URI": known["trackingUri"],
        "MLFLOW_S3_ENDPOINT_URL": known["s3EndpointUrl"],
        "AWS_ACCESS_KEY_ID": known["s3AccessKey"],
        "AWS_SECRET_ACCESS_KEY": known["s3SecretKey"],
        "AWS_DEFAULT_REGION": known.get("s3Region", "us-east-1"),
        # boto3 1.36 and later else send checksums in a form that MinIO's ingress refuses.
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def hosts_lines(request: Request, known: dict[str, Any]) -> str:
    """The lines of /etc/hosts: address, hosts of MLflow and the stack's own MinIO, whose line."""
    names = " ".join(known[host] for host in ("mlflowHost", "minioHost") if host in known)
    addresses = [ingress_address(known["context"], request.namespace)]
    if platform.system() == "Darwin":
        # A name in .local without an IPv6 address is looked for in the network, for 5 s each time.
        addresses.append("::1")
    lines = [hosts_file.marked(f"{address} {names}", request.stack) for address in addresses]
    return "\n".join(lines)
