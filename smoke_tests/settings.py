"""Which stack is judged: its addresses and its S3 key, checked and read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "MLPLATFORM_"
# The variables, and the outputs of the stack that say the same.
OUTPUTS = {
    f"{PREFIX}TRACKING_URI": "trackingUri",
    f"{PREFIX}S3_ENDPOINT_URL": "s3EndpointUrl",
    f"{PREFIX}NAMESPACE": "namespace",
    f"{PREFIX}CONTEXT": "context",
    f"{PREFIX}BUCKET": "bucket",
    f"{PREFIX}ARTIFACTS": "artifacts",
    f"{PREFIX}EPHEMERAL": "ephemeral",
    f"{PREFIX}MLFLOW_FEATURES": "mlflowFeatures",
    f"{PREFIX}S3_ACCESS_KEY": "s3AccessKey",
    f"{PREFIX}S3_SECRET_KEY": "s3SecretKey",
}
# Those that not every stack has.
OPTIONAL_OUTPUTS = {
    f"{PREFIX}EXTERNAL": "external",
    f"{PREFIX}S3_REGION": "s3Region",
    f"{PREFIX}STORE_SERVICE": "storeService",
    f"{PREFIX}CA_FILE": "caFile",
    f"{PREFIX}STORE_CA_FILE": "storeCaFile",
    f"{PREFIX}PLAIN_HTTP": "plainHttp",
    f"{PREFIX}USERNAME": "username",
    f"{PREFIX}PASSWORD": "password",
    f"{PREFIX}MODELS": "models",
    f"{PREFIX}PROMETHEUS_URL": "prometheusUrl",
}
# The one that is no output: the cluster tells.
ADDRESS = f"{PREFIX}INGRESS_ADDRESS"


class ArtifactMode(StrEnum):
    """How artifacts travel between a client and the store."""

    PROXIED = "proxied"
    PRESIGNED = "presigned"
    DIRECT = "direct"


class SettingsError(ValueError):
    """One or more settings are missing or wrong; the message has a line for each."""


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """A registered model that the stack serves.

    Attributes:
        name: Name of the registered model.
        alias: The alias that says which version.
        url: Where it answers, without `/invocations`.
        token_secret: Name of the Secret with its bearer token; None where everybody may ask.
        token: The token; None likewise.
    """

    name: str
    alias: str
    url: str
    token_secret: str | None
    token: str | None = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What a client sends to be answered."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A running stack, as its outputs describe it.

    Attributes:
        tracking_uri: URL of the MLflow server at the ingress.
        s3_endpoint_url: URL of the S3 store at the ingress.
        namespace: Namespace of the stack.
        context: kubectl context of the cluster.
        bucket: Bucket that holds the artifacts.
        artifacts: How artifacts travel.
        ephemeral: Whether the data goes with the stack; what disturbs a stack does so only then.
        external: The parts that are not the stack's own: postgres, minio.
        s3_region: What requests to the store are signed for.
        mlflow_features: What MLflow offers besides, of the choices of `mlflowFeatures`.
        s3_access_key: Access key of MLflow's own S3 user.
        s3_secret_key: Its secret.
        login: User and password of an administrator of MLflow; None where it asks nobody for one.
        ca_file: What MLflow's certificate is checked against; None for what all clients trust.
        store_ca_file: The same of the store's.
        redirects: Whether the ingress answers 308 to what did not come by TLS.
        ingress_address: IP address that the two hosts resolve to inside this process.
        models: The registered models that the stack serves.
        prometheus_url: URL of the stack's own Prometheus at the ingress; None where it has none.
        wine_csv: The red-wine data set, or None for the sample in scikit-learn.
    """

    tracking_uri: str
    s3_endpoint_url: str
    namespace: str
    context: str
    bucket: str
    artifacts: ArtifactMode
    ephemeral: bool
    external: frozenset[str]
    s3_region: str
    mlflow_features: frozenset[str]
    # Kept out of repr(): pytest prints the values of a failed assertion.
    s3_access_key: str = field(repr=False)
    s3_secret_key: str = field(repr=False)
    login: tuple[str, str] | None = field(repr=False)
    ca_file: str | None
    store_ca_file: str | None
    redirects: bool
    ingress_address: str
    models: tuple[ServedModel, ...]
    prometheus_url: str | None
    wine_csv: Path | None

    @property
    def urls(self) -> list[str]:
        """What is published at the ingress: MLflow, the stack's own store, Prometheus, models."""
        elsewhere = "minio" in self.external or _host(self.s3_endpoint_url) == "127.0.0.1"
        store = [] if elsewhere else [self.s3_endpoint_url]
        prometheus = [self.prometheus_url] if self.prometheus_url else []
        return [self.tracking_uri, *store, *prometheus, *(model.url for model in self.models)]

    @property
    def hosts(self) -> frozenset[str]:
        """The host names of these."""
        return frozenset(map(_host, self.urls))

    @property
    def client_hosts(self) -> frozenset[str]:
        """The hosts that a client must reach: where bytes go through MLflow, not the store's."""
        if self.artifacts is ArtifactMode.PROXIED:
            return frozenset({_host(self.tracking_uri)})
        return self.hosts

    @property
    def client_asks_others(self) -> bool:
        """Whether a client goes to a store that is not at the ingress."""
        return "minio" in self.external and self.artifacts is not ArtifactMode.PROXIED

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be printed.

        The access key is one of them: in MinIO's own images, which a stack may name, knowing it is
        enough to write (CVE-2026-40344, CVE-2026-41145).
        """
        passwords = () if self.login is None else self.login[1:]
        tokens = [model.token for model in self.models if model.token is not None]
        return (self.s3_access_key, self.s3_secret_key, *passwords, *tokens)


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings of a session.

    Args:
        environment: Usually `os.environ`, with what `outputs.completed` adds to it.

    Raises:
        SettingsError: Names every variable that is missing or not valid.
    """
    problems: list[str] = []

    def read(name: str) -> str:
        value = environment.get(PREFIX + name, "")
        if not value:
            problems.append(f"{PREFIX}{name} is not set")
        return value

    def read_url(name: str) -> str:
        value = read(name)
        if value and not (urlsplit(value).scheme in ("http", "https") and _host(value)):
            problems.append(f"{PREFIX}{name} is {value!r}, want a URL such as http://host.local")
        return value.rstrip("/")

    def read_address(name: str) -> str:
        value = read(name)
        try:
            return str(ip_address(value)) if value else ""
        except ValueError:
            problems.append(f"{PREFIX}{name} is {value!r}, want an IP address such as 192.168.49.2")
            return ""

    def read_artifacts(name: str) -> ArtifactMode:
        value = read(name)
        try:
            return ArtifactMode(value or ArtifactMode.PROXIED)
        except ValueError:
            accepted = ", ".join(ArtifactMode)
            problems.append(f"{PREFIX}{name} is {value!r}, want one of: {accepted}")
            return ArtifactMode.PROXIED

    def read_boolean(name: str) -> bool:
        value = read(name)
        if value not in ("", "true", "false"):
            problems.append(f"{PREFIX}{name} is {value!r}, want true or false")
        return value == "true"

    def read_login() -> tuple[str, str] | None:
        username = environment.get(f"{PREFIX}USERNAME")
        return (username, read("PASSWORD")) if username else None

    def read_wine_csv() -> Path | None:
        value = environment.get("WINE_CSV", "")
        if value and not Path(value).is_file():
            problems.append(f"WINE_CSV is {value!r}, which is not a file")
        return Path(value) if value else None

    settings = Settings(
        tracking_uri=read_url("TRACKING_URI"),
        s3_endpoint_url=read_url("S3_ENDPOINT_URL"),
        namespace=read("NAMESPACE"),
        context=read("CONTEXT"),
        bucket=read("BUCKET"),
        artifacts=read_artifacts("ARTIFACTS"),
        ephemeral=read_boolean("EPHEMERAL"),
        external=frozenset(environment.get(f"{PREFIX}EXTERNAL", "").split(",")) - {""},
        s3_region=environment.get(f"{PREFIX}S3_REGION") or "us-east-1",
        mlflow_features=frozenset(read("MLFLOW_FEATURES").split(",")) - {"none"},
        s3_access_key=read("S3_ACCESS_KEY"),
        s3_secret_key=read("S3_SECRET_KEY"),
        login=read_login(),
        ca_file=environment.get(f"{PREFIX}CA_FILE"),
        store_ca_file=environment.get(f"{PREFIX}STORE_CA_FILE"),
        redirects=environment.get(f"{PREFIX}PLAIN_HTTP") == "redirect",
        ingress_address=read_address("INGRESS_ADDRESS"),
        models=tuple(
            ServedModel(**one) for one in json.loads(environment.get(f"{PREFIX}MODELS") or "[]")
        ),
        prometheus_url=environment.get(f"{PREFIX}PROMETHEUS_URL"),
        wine_csv=read_wine_csv(),
    )
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise SettingsError(f"which stack? `pulumi up` says what is missing:\n{lines}")
    return settings


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
