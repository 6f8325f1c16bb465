"""Postgres: the database behind MLflow's experiments, runs and models."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    ExecActionArgs,
    ProbeArgs,
    ServicePortArgs,
    TCPSocketActionArgs,
)

from mlplatform import connections, names, pods, trust
from mlplatform.backends import Database
from mlplatform.certificates import Authority
from mlplatform.components.data_server import DataServer, DataServerArgs, data_mount
from mlplatform.components.postgres_exporter import Monitor, exporter
from mlplatform.existing import Claim
from mlplatform.placement import Placement
from mlplatform.secret_objects import SecretReference, keep_secret
from mlplatform.server_tls import certificate_mount, certificate_volume, keep_certificate

PORT = 5432
_USER = "mlflow"
_DATA = "/var/lib/postgresql/data"
_CERTIFICATE = "/etc/postgresql-tls"
_TLS_OPTIONS = {
    "ssl": "on",
    "ssl_cert_file": f"{_CERTIFICATE}/tls.crt",
    "ssl_key_file": f"{_CERTIFICATE}/tls.key",
    "hba_file": "/etc/postgresql/pg_hba_tls.conf",
}
# https://www.postgresql.org/docs/17/libpq-ssl.html
_VERIFIED = {"sslmode": "verify-full", "sslrootcert": trust.AUTHORITY_PATH}
_A_DAY_S = 24 * 60 * 60
_SCRATCH = (
    pods.ScratchVolume(name="tmp", path="/tmp", size="64Mi"),
    # Parallel queries share memory here, and need more than the 64 MiB that a container has.
    pods.ScratchVolume(name="shared-memory", path="/dev/shm", size="128Mi", in_memory=True),
)


@dataclass(frozen=True, kw_only=True)
class PostgresArgs:
    """Arguments of `Postgres`.

    Attributes:
        placement: the stack it belongs to.
        image: image of the server.
        kept_claim: the claim that holds its data already; None where there is none.
        storage: size of the volume, a Kubernetes quantity.
        storage_class: None for the cluster's default class.
        password: password of the database's owner.
        replicas: pods of MLflow that connect to it.
        has_auth: whether there is a second database, for MLflow's users.
        authority: who vouches for it to those pods; None without TLS.
        monitor: who tells how it does; None where nobody asks.
    """

    placement: Placement
    image: str
    kept_claim: Claim | None
    storage: str
    storage_class: str | None
    password: pulumi.Input[str]
    replicas: int
    has_auth: bool
    authority: Authority | None
    monitor: Monitor | None


class Postgres(pulumi.ComponentResource):
    """A Postgres server with one database and its owner.

    Attributes:
        database: how pods reach it. What they need is known once the Service exists, too; it does
            not wait for the server.
    """

    database: Database

    def __init__(
        self, name: str, args: PostgresArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the server.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Postgres", name, None, opts)
        part, placement = names.POSTGRES, args.placement
        secret = keep_secret(
            f"{name}-secret",
            part,
            placement,
            name=part,
            content={
                "password": args.password,
                **({} if args.monitor is None else {"monitorPassword": args.monitor.password}),
            },
            parent=self,
        )
        certificate = None
        if args.authority is not None:
            certificate = keep_certificate(name, part, placement, args.authority, self)
        server = DataServer(
            f"{name}-server",
            DataServerArgs(
                placement=placement,
                part=part,
                image=args.image,
                container=_container(args, secret),
                scratch=_SCRATCH,
                more_volumes=[]
                if certificate is None
                else [certificate_volume(certificate, "tls.crt", "tls.key")],
                certificate=certificate,
                ports=[ServicePortArgs(name="postgres", port=PORT, target_port="postgres")],
                kept_claim=args.kept_claim,
                storage=args.storage,
                storage_class=args.storage_class,
                secret=secret,
                sidecars=[]
                if args.monitor is None
                else [exporter(args.monitor.image, secret, PORT, names.DATABASE)],
                grace_seconds=10 if placement.ephemeral else 60,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        backend_store = keep_secret(
            f"{name}-backend-store",
            part,
            placement,
            name="backend-store",
            content={"uri": _uri(args, names.DATABASE)},
            parent=self,
        )
        # Pulumi deletes in waves, by the longest chain of dependencies. If the Secret took the host
        # from the Service, what reads it would go a wave, and a second, before the servers.
        backend_store = replace(
            backend_store,
            name=pulumi.Output.all(backend_store.name, server.host).apply(lambda known: known[0]),
        )
        self.database = Database(
            host=names.POSTGRES,
            variables=[backend_store.variable("MLFLOW_BACKEND_STORE_URI", key="uri")],
            dump_variables=[
                secret.variable("POSTGRES_PASSWORD", key="password"),
                *pods.variables(
                    {**_public(args), **({} if certificate is None else _libpq(_VERIFIED))}
                ),
            ],
            fingerprints={"backend-store": backend_store.fingerprint},
            auth_uri=_uri(args, names.AUTH_DATABASE),
        )
        self.register_outputs({"backendStore": backend_store.name})


def _public(args: PostgresArgs) -> dict[str, str]:
    """What the image's commands are told besides the password."""
    auth = {"POSTGRES_AUTH_DB": names.AUTH_DATABASE} if args.has_auth else {}
    return {"POSTGRES_DB": names.DATABASE, "POSTGRES_USER": _USER, **auth}


def _libpq(options: Mapping[str, str]) -> dict[str, str]:
    """Options of a connection as variables of libpq."""
    return {f"PG{name.upper()}": value for name, value in options.items()}


def _uri(args: PostgresArgs, database: str) -> pulumi.Output[str]:
    """Return the URI of a database.

    It names the driver, because SQLAlchemy 2.1 takes a bare `postgresql://` for psycopg 3.
    """
    options = {**connections.GIVE_UP, **(_VERIFIED if args.authority else {})}
    place = f"{names.POSTGRES}:{PORT}/{database}?{urlencode(options)}"
    return pulumi.Output.from_input(args.password).apply(
        lambda known: f"postgresql+psycopg2://{_USER}:{quote(known, safe='')}@{place}"
    )


def _container(args: PostgresArgs, secret: SecretReference) -> ContainerArgs:
    is_ready = ExecActionArgs(
        command=["pg_isready", "-q", "-h", "127.0.0.1", "-U", _USER, "-d", names.DATABASE]
    )
    options = {
        "max_connections": connections.max_connections(args.replicas, args.has_auth),
        **(_TLS_OPTIONS if args.authority else {}),
    }
    return ContainerArgs(
        name=names.POSTGRES,
        image=args.image,
        image_pull_policy="IfNotPresent",
        args=[
            argument for name, value in options.items() for argument in ("-c", f"{name}={value}")
        ],
        env=[
            secret.variable("POSTGRES_PASSWORD", key="password"),
            *(
                []
                if args.monitor is None
                else [secret.variable("POSTGRES_MONITOR_PASSWORD", key="monitorPassword")]
            ),
            *pods.variables(
                {
                    **_public(args),
                    # Below the mount, whose own directory belongs to root on a hostPath volume.
                    "PGDATA": f"{_DATA}/pgdata",
                }
            ),
        ],
        ports=[ContainerPortArgs(name="postgres", container_port=PORT)],
        # Crash recovery takes as long as the log is long, and a restart would only begin it anew. A
        # server that cannot start ends its container by itself.
        startup_probe=ProbeArgs(exec_=is_ready, period_seconds=1, failure_threshold=_A_DAY_S),
        readiness_probe=ProbeArgs(exec_=is_ready, period_seconds=5, timeout_seconds=3),
        # Not pg_isready: that fails during crash recovery too, which a restart would only prolong.
        liveness_probe=ProbeArgs(
            tcp_socket=TCPSocketActionArgs(port="postgres"), period_seconds=10, failure_threshold=6
        ),
        resources=pods.resources(
            cpu="50m",
            memory="128Mi",
            memory_limit=connections.postgres_memory(args.replicas, args.has_auth),
        ),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[
            data_mount(_DATA),
            *(scratch.mount() for scratch in _SCRATCH),
            *([certificate_mount(_CERTIFICATE)] if args.authority else []),
        ],
    )
