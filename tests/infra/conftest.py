"""The configurations that every rule is held against."""

import functools
from pathlib import Path

import pytest
import yaml

from tests.infra.recorder import Recording, record

_PRESETS = Path(__file__).parents[2] / "presets"
PRESETS = sorted(file.stem for file in _PRESETS.glob("*.yaml"))


def preset(name: str) -> dict[str, str]:
    """The configuration of an example file."""
    config = yaml.safe_load((_PRESETS / f"{name}.yaml").read_text())["config"]
    return {key.removeprefix("mlplatform:"): value for key, value in config.items()}


CONFIGURATIONS: dict[str, dict[str, str]] = {
    "proxied": {},
    "presigned": {"artifacts": "presigned"},
    "direct": {"artifacts": "direct"},
    "auth": {"auth": "true"},
    "encrypted": {
        "tls": "own",
        "postgresTls": "true",
        "minioTls": "true",
        "minioPublished": "false",
    },
    "two-replicas": {"replicas": "2"},
    "autoscaled": {"replicas": "2", "maxReplicas": "6"},
    "durable": {"ephemeral": "false", "replicas": "2"},
    "backups": {"ephemeral": "false", "backupSchedule": "0 3 * * *"},
    "backups-elsewhere": {
        "backupSchedule": "0 3 * * *",
        "backupTo": "s3://backups/mlflow",
        "backupEndpoint": "https://s3.example.com",
        "backupAccessKey": "key-of-the-backups",
        "backupSecretKey": "secret-of-the-backups",
    },
    "models": {
        "models": "[{name: wine, alias: champion}, {name: Churn 2, alias: live, path: churn, host:"
        " churn.example.com, replicas: 2, maxReplicas: 4, resources: 'limits.memory=2Gi'}]",
        "auth": "true",
    },
    "scraped": {"monitoring": "scrape", "scrapeFrom": "monitoring", "minioTls": "true"}
    | {"minioPublished": "false", "tls": "own"},
    "watched": {
        "monitoring": "builtin",
        "auth": "true",
        "tls": "own",
        "postgresTls": "true",
        "backupSchedule": "0 3 * * *",
        "ephemeral": "false",
    },
    "all-features": {"mlflowFeatures": "jobs,custom-scorers,gateway", "mlflowMemory": "4Gi"},
    **{name: preset(name) for name in PRESETS},
    "seaweedfs": {"store": "seaweedfs"},
    "external": {
        "externalPostgres": "db.example.com:6432",
        "externalPostgresDatabase": "team",
        "externalS3": "https://s3.example.com",
        "externalS3Bucket": "team-mlflow",
        "externalS3Region": "eu-central-1",
        "caBundle": "company-ca",
        "artifacts": "presigned",
        "ephemeral": "false",
        "backupSchedule": "0 3 * * *",
    },
    "own-cluster": {
        "ingressClass": "nginx",
        "storageClass": "fast",
        "domain": "ml.example.com",
        "imageRegistry": "registry.example.com/ml",
        "postgresPassword": "p@ss/w:rd?#%-chosen",
        "minioRootPassword": "chosen-root-password",
        "s3SecretKey": "chosen-s3-secret-key",
    },
}


@functools.cache
def recorded(configuration: str, preview: bool = False) -> Recording:
    return record(CONFIGURATIONS[configuration], preview=preview)


@pytest.fixture(params=CONFIGURATIONS)
def recording(request: pytest.FixtureRequest) -> Recording:
    """A run of the program, once with each configuration."""
    return recorded(request.param)


@pytest.fixture(
    params=[name for name in CONFIGURATIONS if name not in ("external", "production", "models")]
)
def owning(request: pytest.FixtureRequest) -> Recording:
    """A run with each configuration of a stack that has its own database and store."""
    return recorded(request.param)


@pytest.fixture
def dev() -> Recording:
    """A run with nothing configured."""
    return recorded("proxied")


@pytest.fixture
def durable() -> Recording:
    return recorded("durable")


@pytest.fixture
def own_cluster() -> Recording:
    """A run against a cluster that is not Minikube, with credentials of the user's choice."""
    return recorded("own-cluster")


@pytest.fixture
def external() -> Recording:
    """A run whose database and store are those of others."""
    return recorded("external")


@pytest.fixture
def preview() -> Recording:
    """A preview before the first update: nothing that only a cluster can tell is known."""
    return recorded("presigned", preview=True)
