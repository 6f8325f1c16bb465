"""The hosts of a stack that are reached from outside, and what is behind each."""

from dataclasses import dataclass

from mlplatform import names, server
from mlplatform.settings import Settings

S3_PORT = 9000
MODEL_PORT = 8080
PROMETHEUS_PORT = 9090


@dataclass(frozen=True, kw_only=True)
class PublicHost:
    """A host name and the Service port behind it.

    Attributes:
        host: host name.
        service: name of the Service, of what publishes it, and of the part of the stack.
        port: name of the Service's port.
        port_number: its number.
        path: what the paths begin with that lead there.
    """

    host: str
    service: str
    port: str
    port_number: int
    path: str = "/"


def has_store(settings: Settings) -> bool:
    """Whether the stack's own store is among them."""
    return settings.minio_published and names.MINIO not in settings.external


def of(settings: Settings) -> list[PublicHost]:
    """Return the hosts that the settings ask for."""
    hosts = [
        PublicHost(
            host=settings.hosts.mlflow,
            service=names.MLFLOW,
            port="http",
            port_number=server.PORT,
        )
    ]
    if has_store(settings):
        hosts.append(
            PublicHost(
                host=settings.hosts.minio, service=names.MINIO, port="s3", port_number=S3_PORT
            )
        )
    if settings.has_prometheus:
        hosts.append(
            PublicHost(
                host=settings.hosts.prometheus,
                service=names.PROMETHEUS,
                port="http",
                port_number=PROMETHEUS_PORT,
            )
        )
    hosts += [
        PublicHost(
            host=model.host or settings.hosts.models,
            service=model.part,
            port="http",
            port_number=MODEL_PORT,
            path="/" if model.host else f"/{model.path}",
        )
        for model in settings.models
    ]
    return hosts
