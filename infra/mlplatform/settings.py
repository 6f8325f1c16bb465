"""The settings of a stack: read once, checked as a whole, and plain data from then on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from mlplatform import combinations, kubeconfig, names, values
from mlplatform.keys import AUTO, DEFAULTS, KEYS, SECRETS, field_name
from mlplatform.model_values import Model
from mlplatform.peers import Peer, Server
from mlplatform.pod_values import Toleration
from mlplatform.problems import Problem, SettingsError
from mlplatform.values import Refused

# What the hosts are derived from.
_OF_HOSTS = ("domain", "mlflowHost", "minioHost")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack is made from; where a value is None, it is derived or generated elsewhere."""

    stack: str
    context: str
    hosts: names.Hosts
    store: str
    minio_published: bool
    ingress_class: str
    gateway: tuple[str, str] | None
    tls: str | None
    tls_secret: str | None
    tls_issuer: str | None
    plain_http: str
    storage_class: str | None
    artifacts: str
    ephemeral: bool
    on_minikube: bool
    auth: bool | None
    auth_default_permission: str
    expires_at: str | None
    replicas: int
    max_replicas: int | None
    scale_at_cpu: str
    postgres_storage: str
    postgres_tls: bool
    minio_tls: bool
    minio_storage: str
    mlflow_memory: str
    mlflow_features: frozenset[str]
    models: tuple[Model, ...]
    package_index: str | None
    backup_schedule: str | None
    backup_keep: int
    backup_to: str | None
    backup_storage: str
    backup_endpoint: str | None
    external_postgres: str | None
    external_postgres_database: str
    external_postgres_auth_database: str
    external_postgres_secret: str
    external_postgres_tls: str
    external_s3: str | None
    external_s3_bucket: str
    external_s3_secret: str
    external_s3_region: str
    monitoring: str
    scrape_from: tuple[Peer, ...] | None
    prometheus_retention: str
    prometheus_storage: str
    network_policies: bool
    ingress_from: tuple[Peer, ...] | None
    mlflow_egress: tuple[Server, ...] | None
    ca_bundle: str | None
    image_pull_secrets: tuple[str, ...] | None
    pod_labels: Mapping[str, str] | None
    pod_annotations: Mapping[str, str] | None
    node_selector: Mapping[str, str] | None
    tolerations: tuple[Toleration, ...] | None
    priority_class: str | None
    service_account_annotations: Mapping[str, str] | None
    postgres_resources: Mapping[str, str] | None
    minio_resources: Mapping[str, str] | None
    mlflow_resources: Mapping[str, str] | None
    job_resources: Mapping[str, str] | None
    transforms: str | None
    image_registry: str
    postgres_image: str | None
    minio_image: str | None
    mlflow_image: str | None
    postgres_password: str | None = field(repr=False)
    minio_root_password: str | None = field(repr=False)
    s3_secret_key: str | None = field(repr=False)
    auth_admin_password: str | None = field(repr=False)
    backup_access_key: str | None = field(repr=False)
    backup_secret_key: str | None = field(repr=False)

    @property
    def is_shared(self) -> bool:
        """Whether others than one person may reach it: what is not just a try on a Minikube.

        What protects a stack and nobody has switched is on where it is shared.
        """
        return not (self.ephemeral and self.on_minikube)

    @property
    def has_auth(self) -> bool:
        """Whether MLflow lets in nobody without a password."""
        return self.is_shared if self.auth is None else self.auth

    @property
    def is_monitored(self) -> bool:
        """Whether its parts tell what they count."""
        return self.monitoring != "off"

    @property
    def has_prometheus(self) -> bool:
        """Whether it has a Prometheus of its own."""
        return self.monitoring == "builtin"

    @property
    def store_tells(self) -> bool:
        """Whether the store is the stack's own, and one that has metrics for whoever has a key."""
        return self.is_monitored and self.store == "minio" and names.MINIO not in self.external

    @property
    def most_replicas(self) -> int:
        """How many MLflow pods there may be."""
        return self.max_replicas or self.replicas

    @property
    def external(self) -> frozenset[str]:
        """The parts that the stack uses and does not own."""
        chosen = {names.POSTGRES: self.external_postgres, names.MINIO: self.external_s3}
        return frozenset(part for part, address in chosen.items() if address is not None)


def load_settings() -> Settings:
    """Read the settings of the current stack from Pulumi's configuration.

    Raises:
        SettingsError: a value or a key cannot be used; nothing has been created yet.
        pulumi.RunError: the kubeconfig cannot be read.
    """
    own = f"{names.PROJECT}:"
    # Pulumi's own keys are the engine's to check. Keys of any other namespace are kept: nothing
    # here would ever read them, so they can only be spelling mistakes.
    raw = {
        key.removeprefix(own): value
        for key, value in pulumi.runtime.config.CONFIG.get().items()
        if not key.startswith("pulumi:")
    }
    try:
        contexts = kubeconfig.contexts()
    except kubeconfig.KubeconfigError as error:
        raise pulumi.RunError(str(error)) from error
    encrypted = {key for key in raw if pulumi.runtime.is_config_secret(own + key)}
    return parse_settings(raw, pulumi.get_stack(), contexts, encrypted)


def parse_settings(
    raw: Mapping[str, str],
    stack: str,
    contexts: Mapping[str, bool],
    encrypted: Collection[str] = SECRETS,
) -> Settings:
    """Check a configuration as a whole and turn it into settings.

    Args:
        raw: values by key, as text; a key that is absent has its default.
        stack: name of the stack.
        contexts: contexts that exist in the kubeconfig, and whether each is a Minikube's.
        encrypted: keys whose value the configuration holds encrypted.

    Raises:
        SettingsError: names every value that cannot be used and every unknown key.
    """
    problems = [_unknown_key(key) for key in raw if key not in KEYS]
    # What a refused value leaves behind is None: good enough to look for further problems.
    read: dict[str, Any] = {}
    texts = {**DEFAULTS, **raw, "stack": stack}
    readers = {
        **{name: key.read for name, key in KEYS.items()},
        "stack": values.stack_name,
        "context": values.context_among(contexts),
    }
    for key, reader in readers.items():
        read[key] = None
        if texts[key] == AUTO and DEFAULTS.get(key) == AUTO:
            continue
        if key in SECRETS and key not in encrypted:
            problems.append(_not_encrypted(key))
            continue
        try:
            read[key] = reader(texts[key])
        except Refused as refused:
            problems.append(_refused(key, texts[key], refused))

    derived = names.hosts(stack, read["domain"])
    hosts = names.Hosts(
        mlflow=derived.mlflow if read["mlflowHost"] is None else read["mlflowHost"],
        minio=derived.minio if read["minioHost"] is None else read["minioHost"],
        models=derived.models,
        prometheus=derived.prometheus,
    )
    problems += combinations.problems(read, hosts)
    if problems:
        raise SettingsError(stack, problems)
    fields = {field_name(key): value for key, value in read.items() if key not in _OF_HOSTS}
    return Settings(hosts=hosts, on_minikube=contexts[read["context"]], **fields)


def _unknown_key(key: str) -> Problem:
    # The value is not shown: it may be a password under a misspelled name.
    similar = values.most_similar(key.rpartition(":")[2], KEYS)
    return Problem(
        key=key,
        got="an unknown key",
        want="a key that Pulumi.yaml describes",
        hint=f"known: {', '.join(KEYS)}" if similar is None else f"did you mean {similar}?",
    )


def _not_encrypted(key: str) -> Problem:
    return Problem(
        key=key,
        got="a value in clear text",
        want="a secret",
        hint=f"example: pulumi config set --secret {key}",
    )


def _refused(key: str, text: str, refused: Refused) -> Problem:
    return Problem(
        key=key,
        got=f"'{text}'" if refused.got is None else refused.got,
        want=refused.want,
        hint=f"example: {refused.example}",
    )
