"""What of a stack can be scraped, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlplatform import names, public_hosts
from mlplatform.existing import Existing
from mlplatform.peers import Namespace, Peer
from mlplatform.settings import Settings

PORT = 9090
"""Where a part that counts for itself tells it."""
POSTGRES_PORT = 9187
STORE_PATH = "/minio/v2/metrics/cluster"
INGRESS_PORT = 8082
"""Where this project's ingress controller tells (cluster/ingress/traefik.yaml)."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A port of a part's pods.

    Attributes:
        part: the part of the stack.
        port: name of the port.
        port_number: its number.
        path: where the metrics are.
    """

    part: str
    port: str
    port_number: int
    path: str = "/metrics"

    @property
    def needs_token(self) -> bool:
        """Whether it is the store, which lets nobody read without one."""
        return self.part == names.MINIO


def of(settings: Settings) -> list[Target]:
    """Return what there is to scrape; nothing where nobody asked for it.

    Args:
        settings: the settings of the stack.
    """
    if not settings.is_monitored:
        return []
    counting = [names.MLFLOW, names.EXPORTER, *(model.part for model in settings.models)]
    counting += [names.PROMOTER] if settings.models else []
    targets = [Target(part=part, port="metrics", port_number=PORT) for part in counting]
    if names.POSTGRES not in settings.external:
        targets.append(Target(part=names.POSTGRES, port="metrics", port_number=POSTGRES_PORT))
    if settings.store_tells:
        port = public_hosts.S3_PORT
        targets.append(Target(part=names.MINIO, port="s3", port_number=port, path=STORE_PATH))
    return targets


def ingress(settings: Settings, existing: Existing) -> str | None:
    """Return the namespace of the ingress controller that a stack's own Prometheus reads.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.

    Returns:
        None where it reads none: whose controller is another's has its own way to watch that.
    """
    if not settings.has_prometheus or settings.gateway is not None:
        return None
    if settings.ingress_class not in existing.own_ingress_classes:
        return None
    return existing.controller_namespaces.get(settings.ingress_class)


def annotations(settings: Settings) -> dict[str, dict[str, str]]:
    """Return what a Prometheus of others finds pods by, for each part but the store.

    It has no token for that one.

    Args:
        settings: the settings of the stack.
    """
    return {
        target.part: {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": str(target.port_number),
            "prometheus.io/path": target.path,
        }
        for target in of(settings)
        if not target.needs_token
    }


def scrapers(settings: Settings) -> Sequence[Peer]:
    """Return who may read metrics.

    Args:
        settings: the settings of the stack.
    """
    own = [names.PROMETHEUS] if settings.has_prometheus else []
    others = settings.scrape_from
    if others is None:
        others = () if own else (Namespace(None),)
    return [*own, *others]
