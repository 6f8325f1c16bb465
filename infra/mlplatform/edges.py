"""Who has to reach whom in a stack: its network policies refuse everything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from mlplatform import external, names, public_hosts, scrapes, server, tls
from mlplatform.components import postgres
from mlplatform.existing import Existing
from mlplatform.model_values import VENV, Model
from mlplatform.peers import Addresses, Guests, Namespace, Peer, Server
from mlplatform.settings import Settings

_PORTS = {"http": 80, "https": 443}
# No policy can name the cluster's own API: it is at an address of the control plane, by one of the
# ports that distributions give it, and knows whom it lets in by their token.
_API_SERVERS = [
    (Addresses(cidr), port) for cidr in ("0.0.0.0/0", "::/0") for port in (443, 6443, 8443)
]
# They prove to an authority that the host is ours, at the host itself
# (https://cert-manager.io/docs/configuration/acme/http01/).
_SOLVER = Guests("acme-solver", "acme.cert-manager.io/http01-solver")
_SOLVER_PORT = 8089


@dataclass(frozen=True)
class Edge:
    """A way that is needed, from whom to whom, at the port of the server's pod."""

    client: Peer
    server: Peer
    port: int | None


def of(settings: Settings, existing: Existing) -> list[Edge]:
    """Return what is needed besides DNS.

    Probes need nothing: the node of a pod reaches it, whatever the policies
    (https://kubernetes.io/docs/concepts/services-networking/network-policies/).

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
    """
    database, store = _database(settings), _store(settings)
    servers: dict[str, Sequence[Server]] = {
        names.MLFLOW: [*database, *store, *(settings.mlflow_egress or ())],
        names.MIGRATION_JOB: database,
        names.BUCKET_JOB: store,
    }
    way = tls.of(settings, existing)
    if way.way == tls.OWN:
        servers[names.RENEWAL] = _API_SERVERS
    if settings.models:
        mlflow: Server = (names.MLFLOW, server.PORT)
        # Small files or large, the server hands them on, unless there is no proxy at all.
        files = store if settings.artifacts == "direct" else []
        servers |= {
            model.part: [mlflow, *files, *_packages(settings, model)] for model in settings.models
        }
        servers[names.PROMOTER] = [mlflow, *_API_SERVERS]
    if settings.is_monitored:
        servers[names.EXPORTER] = _API_SERVERS
    if settings.has_prometheus:
        servers[names.PROMETHEUS] = [*_API_SERVERS, *_ingress(settings, existing)]
    if settings.backup_schedule is not None:
        servers[names.BACKUP] = [*database, *store, *_backups(settings)]
    published: list[Server] = [
        (public.service, public.port_number) for public in public_hosts.of(settings)
    ]
    if way.way == tls.CERT_MANAGER and way.issuer is not None:
        published.append((_SOLVER, _SOLVER_PORT))
    return [
        *(
            Edge(entrance, *server)
            for server in published
            for entrance in entrances(settings, existing)
        ),
        *(
            Edge(scraper, target.part, target.port_number)
            for target in scrapes.of(settings)
            for scraper in scrapes.scrapers(settings)
        ),
        *(Edge(client, *server) for client, found in servers.items() for server in found),
    ]


def entrances(settings: Settings, existing: Existing) -> Sequence[Peer]:
    """Return where requests from outside come from: the ingress controller, as far as is known.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
    """
    if settings.ingress_from is not None:
        return settings.ingress_from
    if settings.gateway is not None:
        return [Namespace(None)]
    return [Namespace(existing.controller_namespaces.get(settings.ingress_class))]


def _ingress(settings: Settings, existing: Existing) -> Sequence[Server]:
    namespace = scrapes.ingress(settings, existing)
    return [] if namespace is None else [(Namespace(namespace), scrapes.INGRESS_PORT)]


def _database(settings: Settings) -> Sequence[Server]:
    if settings.external_postgres is None:
        return [(names.POSTGRES, postgres.PORT)]
    host, port = external.host_and_port(settings)
    return _servers(host, int(port))


def _store(settings: Settings) -> Sequence[Server]:
    if settings.external_s3 is None:
        return [(names.MINIO, public_hosts.S3_PORT)]
    return _at(settings.external_s3)


def _backups(settings: Settings) -> Sequence[Server]:
    """Where backups go: to a volume, or to a store, AWS's own by https if nothing names one."""
    return [] if settings.backup_to is None else _at(settings.backup_endpoint or "https://aws")


def _packages(settings: Settings, model: Model) -> Sequence[Server]:
    """Where a model's own requirements come from: uv's own index is one by https."""
    if model.requirements != VENV:
        return []
    return _at(settings.package_index or "https://public")


def _at(url: str) -> Sequence[Server]:
    parts = urlsplit(url)
    return _servers(parts.hostname or "", parts.port or _PORTS[parts.scheme])


def _servers(host: str, port: int) -> Sequence[Server]:
    """Return what a policy can say of a host: it knows addresses and pods, and no names."""
    try:
        address = ip_address(host)
    except ValueError:
        pass
    else:
        return [(Addresses(f"{address}/{address.max_prefixlen}"), port)]
    labels = host.split(".")
    if labels[2:3] == ["svc"]:
        # The port of a Service need not be that of its pods.
        return [(Namespace(labels[1]), None)]
    return [(Addresses(cidr), port) for cidr in ("0.0.0.0/0", "::/0")]
