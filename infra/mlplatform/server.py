"""How the MLflow server is started: its options and its public environment."""

from collections.abc import Collection

from mlplatform import connections, names
from mlplatform.artifacts import ArtifactRoute, source_pattern

PORT = 5000
HOME = "/tmp"
# Proxied downloads are written here whole before they go on.
SCRATCH_GIB = 8
# Off unless they are chosen: their switches, of which MLflow has some on.
FEATURES = {
    # Nine more processes, and calls that run code (CVE-2026-0545).
    "jobs": "MLFLOW_SERVER_ENABLE_JOB_EXECUTION",
    # Code that its author sends and the server runs.
    "custom-scorers": "MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS",
    # Keys of others, and calls to the internet.
    "gateway": "MLFLOW_ENABLE_AI_GATEWAY",
}
# 1.6 GiB when idle, and 250 MiB for each job that runs. MLflow would run up to ten of a kind, which
# ended a server with 3 GiB, again after each start: it takes up what was interrupted. One of each
# kind fits.
JOBS_MEMORY = "4Gi"
_JOBS_AT_ONCE = {
    "MLFLOW_SERVER_JUDGE_INVOKE_MAX_WORKERS": "1",
    "MLFLOW_SERVER_ONLINE_SCORING_MAX_WORKERS": "1",
}


def allowed_hosts(public_host: str, namespace: str, features: Collection[str]) -> list[str]:
    """Return the Host headers that the server accepts.

    MLflow compares the whole header, port included, and a list replaces its own, so every name the
    Service answers to is here twice.

    Args:
        public_host: host name of the Ingress.
        namespace: namespace of the Service.
        features: keys of `FEATURES` that are on.
    """
    service = names.MLFLOW
    hosts = [
        public_host,
        service,
        f"{service}.{namespace}",
        f"{service}.{namespace}.svc",
        f"{service}.{namespace}.svc.cluster.local",
        "localhost",
        "127.0.0.1",
        # Jobs call the server at the address that it listens on.
        *(["0.0.0.0"] if "jobs" in features else []),  # noqa: S104 - a name, not a socket
    ]
    return [entry for host in hosts for entry in (host, f"{host}:*")]


def options(route: ArtifactRoute, drain_seconds: int, *, has_auth: bool) -> list[str]:
    """Return the arguments of `mlflow`.

    One worker: more throughput comes from more pods, and the ~44 ms that each kept-alive request
    costs between several workers (uvicorn#3149) cannot come back.

    Args:
        route: how artifacts travel.
        drain_seconds: time for requests in flight after SIGTERM; without it a stalled client would
            hold up the exit for ever.
        has_auth: whether it asks for passwords.
    """
    return [
        "server",
        "--host=0.0.0.0",
        f"--port={PORT}",
        "--workers=1",
        *route.server_options,
        *(["--app-name=basic-auth"] if has_auth else []),
        f"--uvicorn-opts=--timeout-graceful-shutdown {drain_seconds} --no-access-log",
    ]


def readiness_path(*, has_own: bool) -> str:
    """Return a path that answers while the server reaches its database; /health does not ask it.

    Args:
        has_own: whether our image has a path of its own for it (mlplatform_server/readiness.py):
            where the server asks for passwords, which a probe would have to tell, and where it
            counts the answers of clients.
    """
    return "/health/database" if has_own else "/api/2.0/mlflow/experiments/search?max_results=1"


def environment(
    *,
    artifacts: str,
    public_host: str,
    namespace: str,
    s3_endpoint_url: str,
    s3_public_url: str | None = None,
    bucket: str,
    region: str,
    s3_ca_file: str | None = None,
    features: Collection[str] = (),
) -> dict[str, str]:
    """Return the environment variables of the server that hold no secret.

    Args:
        artifacts: how artifacts travel: proxied, presigned or direct.
        public_host: host name of the Ingress.
        namespace: namespace of the server.
        s3_endpoint_url: the store, as the server reaches it.
        s3_public_url: the store, as clients reach it, for whom the server signs URLs; None where
            it signs none.
        bucket: the bucket for artifacts.
        region: what requests to the store are signed for.
        s3_ca_file: the certificate that the store's is checked against; None for all that the pod
            trusts.
        features: keys of `FEATURES` that are on.
    """
    hosts = allowed_hosts(public_host, namespace, features)
    return {
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(hosts),
        # The UI's own requests carry its origin and are refused unless it is listed.
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": f"http://{public_host},https://{public_host}",
        "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX": source_pattern(artifacts, bucket),
        **{switch: str(name in features).lower() for name, switch in FEATURES.items()},
        **(_JOBS_AT_ONCE if "jobs" in features else {}),
        "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE": str(connections.POOL_SIZE),
        "MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW": str(connections.MAX_OVERFLOW),
        "MLFLOW_SQLALCHEMYSTORE_POOL_RECYCLE": "1800",
        # Both would reach for the internet.
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_MODEL_CATALOG_URI": "",
        "MLFLOW_S3_ENDPOINT_URL": s3_endpoint_url,
        **({} if s3_public_url is None else {"MLPLATFORM_S3_PUBLIC_URL": s3_public_url}),
        # One name for all buckets, so the bucket goes into the path.
        "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE": "path",
        "AWS_DEFAULT_REGION": region,
        **({} if s3_ca_file is None else {"AWS_CA_BUNDLE": s3_ca_file}),
        # There is no such service here, and the lookup would take its time to fail.
        "AWS_EC2_METADATA_DISABLED": "true",
        # The checksums that boto3 adds since 1.36 are more than some stores take (minio#20845).
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        # Whoever asked the server asks again; retries of its own would only keep them waiting.
        "AWS_MAX_ATTEMPTS": "1",
        # Half a GiB less than the volume has: the kubelet evicts a pod that fills it.
        "MLPLATFORM_SCRATCH_BYTES": str((SCRATCH_GIB * 2 - 1) * 2**29),
        "HOME": HOME,
        "TMPDIR": HOME,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
