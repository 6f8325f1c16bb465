"""The keys of the configuration: what each one is when nobody sets it, and how it is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlplatform import addresses, connections, model_values, peers, pod_values, server, values

# Stands where a value is derived when nobody gives one: the engine makes a key without a default
# obligatory, and an empty default could not be told from an empty value given by mistake.
AUTO = "auto"


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key of the configuration.

    Attributes:
        read: reads a value.
        default: the value when nobody gives one, the same as in Pulumi.yaml.
        secret: whether the configuration must hold it encrypted.
    """

    read: Callable[[str], Any]
    default: str = AUTO
    secret: bool = False


# Each is described in Pulumi.yaml.
KEYS: Mapping[str, Key] = {
    "context": Key(read=str, default="minikube"),  # those that exist are known later
    "domain": Key(read=addresses.domain),
    "mlflowHost": Key(read=addresses.host),
    "minioHost": Key(read=addresses.host),
    "store": Key(read=values.choice("minio", "seaweedfs"), default="minio"),
    "minioPublished": Key(read=values.boolean, default="true"),
    "ingressClass": Key(read=values.object_name("traefik"), default="traefik"),
    "gateway": Key(read=values.gateway),
    "tls": Key(read=values.choice("off", "own", "cert-manager", "secret")),
    "tlsSecret": Key(read=values.object_name("mlflow-tls")),
    "tlsIssuer": Key(read=values.object_name("letsencrypt")),
    "plainHttp": Key(read=values.choice("redirect", "serve"), default="redirect"),
    "storageClass": Key(read=values.object_name("standard")),
    "artifacts": Key(read=values.choice("proxied", "presigned", "direct"), default="proxied"),
    "ephemeral": Key(read=values.boolean, default="true"),
    "auth": Key(read=values.boolean),
    "authDefaultPermission": Key(
        read=values.choice("NO_PERMISSIONS", "READ", "USE", "EDIT", "MANAGE"), default="READ"
    ),
    "expiresAt": Key(read=values.moment),
    "replicas": Key(
        read=values.count(
            at_most=connections.MAX_REPLICAS,
            because="Postgres has no memory for the connections of more",
        ),
        default="1",
    ),
    "maxReplicas": Key(
        read=values.count(
            at_most=connections.MAX_REPLICAS,
            because="Postgres has no memory for the connections of more",
        )
    ),
    "scaleAtCpu": Key(read=pod_values.cpu, default="700m"),
    "postgresStorage": Key(read=values.byte_quantity("2Gi"), default="2Gi"),
    "postgresTls": Key(read=values.boolean, default="false"),
    "minioTls": Key(read=values.boolean, default="false"),
    "minioStorage": Key(read=values.byte_quantity("10Gi"), default="10Gi"),
    # What a pod requests: one worker holds about 405 MB when idle.
    "mlflowMemory": Key(read=values.byte_quantity("1536Mi", at_least="512Mi"), default="1536Mi"),
    "mlflowFeatures": Key(read=values.choices(*server.FEATURES), default="none"),
    "models": Key(read=model_values.models, default="none"),
    "packageIndex": Key(read=addresses.index),
    "backupSchedule": Key(read=values.schedule),
    "backupKeep": Key(
        read=values.count(at_most=999, because="more are a matter for the store's own rules"),
        default="7",
    ),
    "backupTo": Key(read=addresses.s3_location),
    "backupStorage": Key(read=values.byte_quantity("20Gi"), default="20Gi"),
    "backupEndpoint": Key(read=addresses.url),
    "externalPostgres": Key(read=addresses.server),
    "externalPostgresDatabase": Key(read=values.database, default="mlflow"),
    "externalPostgresAuthDatabase": Key(read=values.database, default="mlflow_auth"),
    "externalPostgresSecret": Key(
        read=values.object_name("external-postgres"), default="external-postgres"
    ),
    "externalPostgresTls": Key(
        read=values.choice("verify-full", "require", "disable"), default="verify-full"
    ),
    "externalS3": Key(read=addresses.url),
    "externalS3Bucket": Key(read=addresses.bucket, default="mlflow"),
    "externalS3Secret": Key(read=values.object_name("external-s3"), default="external-s3"),
    "externalS3Region": Key(read=values.region, default="us-east-1"),
    "monitoring": Key(read=values.choice("off", "scrape", "builtin"), default="off"),
    "scrapeFrom": Key(read=peers.entrances),
    "prometheusRetention": Key(read=values.days, default="15d"),
    "prometheusStorage": Key(read=values.byte_quantity("2Gi"), default="2Gi"),
    "networkPolicies": Key(read=values.boolean, default="true"),
    "ingressFrom": Key(read=peers.entrances),
    "mlflowEgress": Key(read=peers.servers),
    "caBundle": Key(read=values.object_name("company-ca")),
    "imagePullSecrets": Key(read=pod_values.object_names),
    "podLabels": Key(read=pod_values.labels),
    "podAnnotations": Key(read=pod_values.annotations),
    "nodeSelector": Key(read=pod_values.labels),
    "tolerations": Key(read=pod_values.tolerations),
    "priorityClass": Key(read=values.object_name("high-priority")),
    "serviceAccountAnnotations": Key(read=pod_values.annotations),
    "postgresResources": Key(read=pod_values.resources()),
    "minioResources": Key(read=pod_values.resources()),
    "mlflowResources": Key(read=pod_values.resources("limits.memory")),  # which is mlflowMemory
    "jobResources": Key(read=pod_values.resources()),
    "transforms": Key(read=values.file_of_the_checkout),
    "imageRegistry": Key(read=values.registry, default="localhost/mlplatform"),
    "postgresImage": Key(read=values.image),
    "minioImage": Key(read=values.image),
    "mlflowImage": Key(read=values.image),
    "postgresPassword": Key(read=values.password(longest=128), secret=True),
    "minioRootPassword": Key(read=values.password(longest=128), secret=True),
    "s3SecretKey": Key(read=values.password(longest=40), secret=True),
    "authAdminPassword": Key(read=values.password(longest=128), secret=True),
    "backupAccessKey": Key(read=values.password(longest=128), secret=True),
    "backupSecretKey": Key(read=values.password(longest=128), secret=True),
}

DEFAULTS: Mapping[str, str] = {name: key.default for name, key in KEYS.items()}
SECRETS = tuple(name for name, key in KEYS.items() if key.secret)


def field_name(key: str) -> str:
    """Return the name of the field that holds the value of a key: `mlflow_image`."""
    return re.sub(r"[A-Z]", lambda capital: f"_{capital[0].lower()}", key)
