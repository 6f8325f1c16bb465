"""What a person or a client needs to use a stack."""

import platform
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cluster.address import ingress_address
from front_door.leftovers import hosts_file
from front_door.phases import Phases
from front_door.request import Request
from smoke_tests.client import plain_environment, s3_environment
from smoke_tests.outputs import outputs
from smoke_tests.settings import Settings


def card(request: Request, phases: Phases) -> str:
    """The closing words of `make up`: where it is, how to use it, how to remove it."""
    known = outputs(request.stack)
    stack = "" if request.stack == "dev" else f" STACK={request.stack}"
    prometheus = known.get("prometheusUrl")
    watched = f"\n  Prometheus {prometheus}" if prometheus else ""
    return f"""
MLflow is ready: stack {request.stack}, namespace {request.namespace}

  MLflow   {known["trackingUri"]}
  S3       {known["s3EndpointUrl"]} (bucket {known["bucket"]}){watched}

For this machine to know these names, once:
  make -s hosts{stack} | sudo tee -a /etc/hosts
Then open {known["trackingUri"]} in a browser, and for Python:
  export MLFLOW_TRACKING_URI={known["trackingUri"]}
With all that a client may need, secrets too:
  eval "$(make -s env{stack} SHOW_SECRETS=1)"
{_in_the_clear(request, known)}
Remove it with
  make down{stack}

{phases.table()}"""


def _in_the_clear(request: Request, known: Mapping[str, Any]) -> str:
    """A warning, where passwords are asked for by plain HTTP: on a person's own Minikube."""
    if "authSecret" not in known or known["trackingUri"].startswith("https:"):
        return ""
    return f"""Passwords are sent as they are, by plain HTTP. Where others listen, in make shell:
  pulumi config set --stack {request.stack} tls own && pulumi up --stack {request.stack}
"""


def exports(settings: Settings, *, show_secrets: bool) -> str:
    """Lines for a POSIX shell: what a client needs, and S3 for one that goes there directly.

    Args:
        settings: the stack.
        show_secrets: whether passwords and keys are among them; else only their names.
    """
    variables = plain_environment(settings) | s3_environment(settings)
    if "minio" in settings.external:
        # The checksums that boto3 adds since 1.36 are more than some stores take (minio#20845).
        for name in ("AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"):
            variables[name] = "when_required"
    hidden = {
        name for name, value in variables.items() if value in settings.secrets and not show_secrets
    }
    lines = [
        f"export {name}={shlex.quote(value)}"
        for name, value in variables.items()
        if name not in hidden
    ]
    for model in settings.models:
        lines.append(f"# {model.name}@{model.alias} answers at {model.url}/invocations")
        if model.token is not None:
            token = model.token if show_secrets else "shown with SHOW_SECRETS=1"
            lines.append(f"# with the bearer token of Secret {model.token_secret}: {token}")
    if hidden:
        lines.append(f"# with SHOW_SECRETS=1 also: {', '.join(sorted(hidden))}")
    return "\n".join(lines)


def hosts_lines(request: Request, known: dict[str, Any]) -> str:
    """The lines of /etc/hosts: address, hosts of MLflow, the stack's store, models, Prometheus."""
    hosts = [known[host] for host in ("mlflowHost", "minioHost") if host in known]
    urls = [model["url"] for model in known.get("models", ())]
    urls += [known["prometheusUrl"]] if "prometheusUrl" in known else []
    hosts += [urlsplit(url).hostname for url in urls]
    names = " ".join(dict.fromkeys(hosts))
    addresses = [ingress_address(known["context"], request.namespace)]
    if platform.system() == "Darwin":
        # A name in .local without an IPv6 address is looked for in the network, for 5 s each time.
        addresses.append("::1")
    lines = [hosts_file.marked(f"{address} {names}", request.stack) for address in addresses]
    return "\n".join(lines)
