"""What a person or a client needs to use a stack."""

import shlex
from typing import Any

from cluster.kubectl import get
from front_door import pulumi
from front_door.leftovers import hosts_file
from front_door.phases import Phases
from front_door.request import Request
from toolchain.process import Failed


def card(request: Request, phases: Phases) -> str:
    """The closing words of `make up`: where it is, how to use it, how to remove it."""
    outputs = pulumi.outputs(request.stack)
    stack = "" if request.stack == "dev" else f" STACK={request.stack}"
    return f"""
MLflow is ready: stack {request.stack}, namespace {request.namespace}

  MLflow   {outputs["trackingUri"]}
  MinIO    {outputs["s3EndpointUrl"]} (bucket {outputs["bucket"]})

For this machine to know these names, once:
  make -s hosts{stack} | sudo tee -a /etc/hosts
Then open {outputs["trackingUri"]} in a browser, and for Python:
  export MLFLOW_TRACKING_URI={outputs["trackingUri"]}
For direct S3 as well:
  eval "$(make -s env{stack})"

Remove it with
  make down{stack}

{phases.table()}"""


def exports(outputs: dict[str, Any]) -> str:
    """Lines for a POSIX shell: the tracking URI, and S3 for a client that goes there directly."""
    variables = {
        "MLFLOW_TRACKING_URI": outputs["trackingUri"],
        "MLFLOW_S3_ENDPOINT_URL": outputs["s3EndpointUrl"],
        "AWS_ACCESS_KEY_ID": outputs["s3AccessKey"],
        "AWS_SECRET_ACCESS_KEY": outputs["s3SecretKey"],
        "AWS_DEFAULT_REGION": "us-east-1",
        # boto3 1.36 and later else send checksums in a form that MinIO's ingress refuses.
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def hosts_line(request: Request, outputs: dict[str, Any]) -> str:
    """A line of /etc/hosts: address, host of MLflow, host of MinIO, whose line it is."""
    line = f"{ingress_address(request)} {outputs['mlflowHost']} {outputs['minioHost']}"
    return hosts_file.marked(line, request.stack)


def ingress_address(request: Request) -> str:
    """The address at which the ingress controller answers, as it says itself.

    Raises:
        Failed: the controller has given the Ingress no address.
    """
    for ingress in get(request.context_name, "ingress", f"--namespace={request.namespace}"):
        for entry in ingress["status"].get("loadBalancer", {}).get("ingress", []):
            if "ip" in entry:
                return entry["ip"]
    raise Failed(
        f"the address of the ingress of stack {request.stack}",
        "its Ingress has none: no controller serves its class, or it is not deployed",
        f"make up{'' if request.stack == 'dev' else f' STACK={request.stack}'}; "
        f"kubectl --namespace={request.namespace} describe ingress",
    )
