"""The settings of a stack: read once, checked as a whole, and plain data from then on."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from mlplatform import connections, kubeconfig, names, server, values
from mlplatform.problems import Problem, SettingsError
from mlplatform.values import Refused

# Stands where a value is derived when nobody gives one: the engine makes a key without a default
# obligatory, and an empty default could not be told from an empty value given by mistake.
AUTO = "auto"

# The same as in Pulumi.yaml, where each key is described.
DEFAULTS: Mapping[str, str] = {
    "context": "minikube",
    "domain": AUTO,
    "mlflowHost": AUTO,
    "minioHost": AUTO,
    "ingressClass": "traefik",
    "storageClass": AUTO,
    "artifacts": "proxied",
    "ephemeral": "true",
    "expiresAt": AUTO,
    "replicas": "1",
    "postgresStorage": "2Gi",
    "minioStorage": "10Gi",
    "mlflowMemory": "1536Mi",
    "mlflowFeatures": "none",
    "backupSchedule": AUTO,
    "backupKeep": "7",
    "backupTo": AUTO,
    "backupStorage": "20Gi",
    "backupEndpoint": AUTO,
    "imageRegistry": "localhost/mlplatform",
    "postgresImage": AUTO,
    "minioImage": AUTO,
    "mlflowImage": AUTO,
    "postgresPassword": AUTO,
    "minioRootPassword": AUTO,
    "s3SecretKey": AUTO,
    "backupAccessKey": AUTO,
    "backupSecretKey": AUTO,
}

SECRETS = (
    "postgresPassword",
    "minioRootPassword",
    "s3SecretKey",
    "backupAccessKey",
    "backupSecretKey",
)

_READERS: Mapping[str, Callable[[str], Any]] = {
    "domain": values.domain,
    "mlflowHost": values.host,
    "minioHost": values.host,
    "ingressClass": values.object_name("traefik"),
    "storageClass": values.object_name("standard"),
    "artifacts": values.choice("proxied", "presigned", "direct"),
    "ephemeral": values.boolean,
    "expiresAt": values.moment,
    "replicas": values.count(
        at_most=connections.MAX_REPLICAS,
        because="Postgres has no memory for the connections of more",
    ),
    "postgresStorage": values.byte_quantity("2Gi"),
    "minioStorage": values.byte_quantity("10Gi"),
    # What a pod requests: one worker holds about 405 MB when idle.
    "mlflowMemory": values.byte_quantity("1536Mi", at_least="512Mi"),
    "mlflowFeatures": values.choices(*server.FEATURES),
    "backupSchedule": values.schedule,
    "backupKeep": values.count(at_most=999, because="more are a matter for the store's own rules"),
    "backupTo": values.s3_location,
    "backupStorage": values.byte_quantity("20Gi"),
    "backupEndpoint": values.url,
    "imageRegistry": values.registry,
    "postgresImage": values.image,
    "minioImage": values.image,
    "mlflowImage": values.image,
    "postgresPassword": values.password(longest=128),
    "minioRootPassword": values.password(longest=128),
    "s3SecretKey": values.password(longest=40),
    "backupAccessKey": values.password(longest=128),
    "backupSecretKey": values.password(longest=128),
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack is made from; where a value is None, it is derived or generated elsewhere."""

    stack: str
    context: str
    hosts: names.Hosts
    ingress_class: str
    storage_class: str | None
    artifacts: str
    ephemeral: bool
    expires_at: str | None
    replicas: int
    postgres_storage: str
    minio_storage: str
    mlflow_memory: str
    mlflow_features: frozenset[str]
    backup_schedule: str | None
    backup_keep: int
    backup_to: str | None
    backup_storage: str
    backup_endpoint: str | None
    image_registry: str
    postgres_image: str | None
    minio_image: str | None
    mlflow_image: str | None
    postgres_password: str | None = field(repr=False)
    minio_root_password: str | None = field(repr=False)
    s3_secret_key: str | None = field(repr=False)
    backup_access_key: str | None = field(repr=False)
    backup_secret_key: str | None = field(repr=False)


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
    contexts: Collection[str],
    encrypted: Collection[str] = SECRETS,
) -> Settings:
    """Check a configuration as a whole and turn it into settings.

    Args:
        raw: values by key, as text; a key that is absent has its default.
        stack: name of the stack.
        contexts: contexts that exist in the kubeconfig.
        encrypted: keys whose value the configuration holds encrypted.

    Raises:
        SettingsError: names every value that cannot be used and every unknown key.
    """
    problems = [_unknown_key(key) for key in raw if key not in DEFAULTS]
    # What a refused value leaves behind is None: good enough to look for further problems.
    read: dict[str, Any] = {}
    texts = {**DEFAULTS, **raw, "stack": stack}
    readers = {
        "stack": values.stack_name,
        "context": values.context_among(contexts),
        **_READERS,
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
    )
    if hosts.mlflow == hosts.minio:
        problems.append(
            Problem(
                key="minioHost",
                got=f"'{hosts.minio}', which is also the host of MLflow",
                want="two different hosts",
                hint=f"example: s3.{hosts.minio}",
            )
        )
    problems += [*_job_problems(read), *_backup_problems(read)]
    if problems:
        raise SettingsError(stack, problems)
    return Settings(
        stack=read["stack"],
        context=read["context"],
        hosts=hosts,
        ingress_class=read["ingressClass"],
        storage_class=read["storageClass"],
        artifacts=read["artifacts"],
        ephemeral=read["ephemeral"],
        expires_at=read["expiresAt"],
        replicas=read["replicas"],
        postgres_storage=read["postgresStorage"],
        minio_storage=read["minioStorage"],
        mlflow_memory=read["mlflowMemory"],
        mlflow_features=read["mlflowFeatures"],
        backup_schedule=read["backupSchedule"],
        backup_keep=read["backupKeep"],
        backup_to=read["backupTo"],
        backup_storage=read["backupStorage"],
        backup_endpoint=read["backupEndpoint"],
        image_registry=read["imageRegistry"],
        postgres_image=read["postgresImage"],
        minio_image=read["minioImage"],
        mlflow_image=read["mlflowImage"],
        postgres_password=read["postgresPassword"],
        minio_root_password=read["minioRootPassword"],
        s3_secret_key=read["s3SecretKey"],
        backup_access_key=read["backupAccessKey"],
        backup_secret_key=read["backupSecretKey"],
    )


def _job_problems(read: Mapping[str, Any]) -> list[Problem]:
    """What keeps a pod from running MLflow's jobs, each of them once."""
    if "jobs" not in (read["mlflowFeatures"] or ()):
        return []
    problems = []
    memory, needed = read["mlflowMemory"] or server.JOBS_MEMORY, server.JOBS_MEMORY
    if (values.bytes_of(memory) or 0) < (values.bytes_of(needed) or 0):
        problems.append(
            Problem(
                key="mlflowMemory",
                got=f"'{memory}', with jobs among mlflowFeatures",
                want=f"at least {needed}: nine processes more",
                hint=f"example: {needed}",
            )
        )
    if (read["replicas"] or 1) > 1:
        problems.append(
            Problem(
                key="replicas",
                got=f"'{read['replicas']}', with jobs among mlflowFeatures",
                want="1: every pod would take up the jobs of all",
                hint="example: 1",
            )
        )
    return problems


def _backup_problems(read: Mapping[str, Any]) -> list[Problem]:
    """What keeps a schedule from having a place that backups can go to, and stay at."""
    if read["backupSchedule"] is None:
        return []
    if read["backupTo"] is None and read["ephemeral"]:
        return [
            Problem(
                key="backupTo",
                got="a volume, which goes with an ephemeral stack",
                want="a place that stays, or a durable stack",
                hint="example: s3://bucket/prefix, or pulumi config set ephemeral false",
            )
        ]
    if read["backupTo"] is None:
        return []
    return [
        Problem(
            key=key,
            got="no key",
            want=f"the key for {read['backupTo']}",
            hint=f"example: pulumi config set --secret {key}",
        )
        for key in ("backupAccessKey", "backupSecretKey")
        if read[key] is None
    ]


def _unknown_key(key: str) -> Problem:
    # The value is not shown: it may be a password under a misspelled name.
    similar = values.most_similar(key.rpartition(":")[2], DEFAULTS)
    return Problem(
        key=key,
        got="an unknown key",
        want="a key that Pulumi.yaml describes",
        hint=f"known: {', '.join(DEFAULTS)}" if similar is None else f"did you mean {similar}?",
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
