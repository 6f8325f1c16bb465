"""The configurations that every rule is held against."""

import functools

import pytest

from tests.infra.recorder import Recording, record

CONFIGURATIONS: dict[str, dict[str, str]] = {
    "proxied": {},
    "presigned": {"artifacts": "presigned"},
    "direct": {"artifacts": "direct"},
    "two-replicas": {"replicas": "2"},
    "durable": {"ephemeral": "false", "replicas": "2"},
    "backups": {"ephemeral": "false", "backupSchedule": "0 3 * * *"},
    "backups-elsewhere": {
        "backupSchedule": "0 3 * * *",
        "backupTo": "s3://backups/mlflow",
        "backupEndpoint": "https://s3.example.com",
        "backupAccessKey": "key-of-the-backups",
        "backupSecretKey": "secret-of-the-backups",
    },
    "all-features": {"mlflowFeatures": "jobs,custom-scorers,gateway", "mlflowMemory": "4Gi"},
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
def preview() -> Recording:
    """A preview before the first update: nothing that only a cluster can tell is known."""
    return recorded("presigned", preview=True)
