"""Every name that more than one part of the project relies on is made here."""

from dataclasses import dataclass

PROJECT = "mlplatform"
BUCKET = "mlflow"
DATABASE = "mlflow"
AUTH_DATABASE = "mlflow_auth"
DEFAULT_STACK = "dev"
# What this project has put into a cluster for all stacks: its ingress controller.
CLUSTER = f"{PROJECT}-cluster"

POSTGRES = "postgres"
MINIO = "minio"
# Not `mlflow`: Kubernetes would put MLFLOW_PORT=tcp://... into the namespace's pods, and the server
# reads that variable as its own option.
MLFLOW = "mlflow-server"
BUCKET_JOB = "bucket"
MIGRATION_JOB = "migration"
BACKUP = "backup"
PROMOTER = "promoter"
EXPORTER = "exporter"
PROMETHEUS = "prometheus"
WEBHOOKS = "webhooks"
AUTH = "auth"
AUTH_ADMIN = "auth-admin"
ADMIN = "admin"
# MLflow's users for what serves models; no person may have these names.
MODEL_READER = f"{PROJECT}-model-reader"
MODEL_PROMOTER = f"{PROJECT}-promoter"
TLS = "tls"
AUTHORITY = "authority"
RENEWAL = "certificate-renewal"

# Labels that every object carries: the part of the stack, and that it is of this project.
PART = "app.kubernetes.io/name"
PART_OF = "app.kubernetes.io/part-of"

# Marks on a stack's namespace: they are there without checkout and state.
OWNER = "mlplatform/owner"
ARTIFACTS = "mlplatform/artifacts"
MLFLOW_IMAGE = "mlplatform/mlflow-image"
QUIESCED_TIMES = "mlplatform/quiesced-times"
EXPIRES_AT = "mlplatform/expires-at"
EPHEMERAL = "mlplatform/ephemeral"
BACKED_UP = "mlplatform/backed-up"
EXTERNAL = "mlplatform/external"
STORE = "mlplatform/store"

# On an IngressClass, the namespace of its controller: cluster/ingress/traefik.yaml.
LIVES_IN = "mlplatform/lives-in"
# Top-level domains that no registry hands out.
_PRIVATE = {"local", "localhost", "internal", "intranet", "private", "corp", "home", "lan", "test"}


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """The public host names of a stack; not all of them are served by each."""

    mlflow: str
    minio: str
    models: str
    prometheus: str


def namespace(stack: str) -> str:
    """Return the Kubernetes namespace of a stack."""
    return f"{PROJECT}-{stack}"


def is_private(host: str) -> bool:
    """Whether a host name means something else in another network (RFC 6762, 6761, 8375)."""
    *rest, last = host.split(".")
    return not rest or last in _PRIVATE or host.endswith(".home.arpa")


def hosts(stack: str, domain: str | None) -> Hosts:
    """Return the hosts of a stack, below `domain` if one is given."""
    if domain is None:
        domain = "local" if stack == DEFAULT_STACK else f"{stack}.local"
    return Hosts(
        mlflow=f"mlflow-server.{domain}",
        minio=f"mlflow-minio.{domain}",
        models=f"mlflow-model.{domain}",
        prometheus=f"mlflow-prometheus.{domain}",
    )
