"""Readers of addresses: hosts, domains, URLs, places in a store; see `values` for all others."""

import re

from mlplatform.values import DNS_NAME, Refused

_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"


def host(text: str) -> str:
    """Read a host name as an Ingress and MLflow's check of the Host header take it."""
    labels = text.split(".")
    if (
        len(text) > 253
        or not DNS_NAME.fullmatch(text)
        or any(len(label) > 63 for label in labels)
        or labels[-1].isdigit()  # an IP address; an Ingress takes names only
    ):
        raise Refused("a lower-case DNS name without scheme, port or path", "mlflow.example.com")
    return text


def domain(text: str) -> str:
    """Read a domain that leaves room for the longest host name below it."""
    if len(host(text)) > 253 - len("mlflow-prometheus."):
        raise Refused("a DNS name of at most 235 characters", "example.com")
    return text


def server(text: str) -> str:
    """Read the address of a server that speaks no HTTP: a name or an IP address, and a port."""
    match = re.fullmatch(r"([^:]+)(:[0-9]{1,5})?", text)
    if match is None or len(match[1]) > 253 or not DNS_NAME.fullmatch(match[1]):
        raise Refused("a host, with a port if it needs one", "db.example.com:5432")
    return text


def url(text: str) -> str:
    """Read the address of a server: scheme and host, with a port if it needs one."""
    match = re.fullmatch(r"https?://([^/:@]+)(:[0-9]{1,5})?", text)
    if match is None or not DNS_NAME.fullmatch(match[1]):
        raise Refused("a URL of scheme, host and port, no more", "https://s3.example.com")
    return text


def index(text: str) -> str:
    """Read the address of an index of packages: a URL without a login."""
    match = re.fullmatch(r"https?://([^/:@]+)(:[0-9]{1,5})?(/[\w.~/-]*)?", text, re.ASCII)
    if match is None or not DNS_NAME.fullmatch(match[1]):
        raise Refused("a URL without a login", "https://packages.example.com/simple")
    return text


def bucket(text: str) -> str:
    """Read the name of a bucket."""
    if not re.fullmatch(_BUCKET, text):
        raise Refused("the name of a bucket: 3 to 63 of a-z, 0-9, dot, hyphen", "team-mlflow")
    return text


def s3_location(text: str) -> str:
    """Read a place in an S3 store: a bucket, and what its keys begin with."""
    if not re.fullmatch(rf"s3://{_BUCKET}(/[\w.=-]+)*", text, re.ASCII):
        raise Refused("s3://bucket/prefix without a final slash", "s3://backups/mlflow")
    return text
