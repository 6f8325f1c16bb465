"""Which changes are refused for what they would lose, and which go through."""

import pytest

from mlplatform import changes
from mlplatform.existing import Claim, Existing
from mlplatform.ownership import OwnerProvider
from mlplatform.problems import SettingsError
from mlplatform.settings import parse_settings

CLAIM = Claim(name="minio-x1", part="minio", storage_class="standard", size="10Gi")


def refused(config: dict[str, str], existing: Existing) -> list[str]:
    """The keys that are refused."""
    try:
        changes.refuse(parse_settings(config, "pr-1", {"minikube": True}), existing)
    except SettingsError as error:
        return [problem.key for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        ({}, []),
        ({"storageClass": "standard"}, []),
        ({"storageClass": "fast"}, ["storageClass"]),
        ({"minioStorage": "10240Mi"}, []),
        ({"minioStorage": "9Gi"}, ["minioStorage"]),
        ({"minioStorage": "11Gi"}, ["minioStorage"]),
        ({"storageClass": "fast", "minioStorage": "5Gi"}, ["storageClass", "minioStorage"]),
        ({"postgresStorage": "1Gi"}, []),
    ],
)
def test_a_volume_keeps_its_class_and_its_size(config: dict[str, str], keys: list[str]) -> None:
    assert refused(config, Existing(claims=[CLAIM])) == keys


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        ({}, []),
        ({"ingressClass": "nginx"}, ["ingressClass"]),
        ({"storageClass": "fast"}, []),
        ({"storageClass": "gone", "ingressClass": "gone"}, ["ingressClass", "storageClass"]),
    ],
)
def test_a_class_that_the_cluster_does_not_have_is_refused(
    config: dict[str, str], keys: list[str]
) -> None:
    classes = {"IngressClass": ["traefik"], "StorageClass": ["standard", "fast"]}
    assert refused(config, Existing(classes=classes)) == keys
    assert refused(config, Existing(classes={"IngressClass": [], "StorageClass": []})) == []


def test_a_volume_grows_where_its_class_lets_it() -> None:
    existing = Existing(claims=[CLAIM], expands=lambda name: name == "standard")
    assert refused({"minioStorage": "11Gi"}, existing) == []
    assert refused({"minioStorage": "9Gi"}, existing) == ["minioStorage"]


def test_a_class_is_asked_for_only_when_a_volume_is_to_grow() -> None:
    def expands(_: str | None) -> bool:
        raise AssertionError("asked")

    assert refused({}, Existing(claims=[CLAIM], expands=expands)) == []


def test_two_volumes_of_which_nothing_tells_the_data_are_refused() -> None:
    other = Claim(name="minio", part="minio", storage_class="standard", size="10Gi")
    assert refused({}, Existing(claims=[CLAIM, other])) == ["minioStorage"]


@pytest.mark.parametrize(
    ("made", "wanted", "keys"),
    [
        ("proxied", "presigned", []),
        ("presigned", "proxied", []),
        ("proxied", "direct", ["artifacts"]),
        ("presigned", "direct", ["artifacts"]),
        ("direct", "proxied", ["artifacts"]),
        ("direct", "presigned", ["artifacts"]),
        ("direct", "direct", []),
        (None, "direct", []),
    ],
)
def test_artifacts_stay_where_their_experiments_say(
    made: str | None, wanted: str, keys: list[str]
) -> None:
    assert refused({"artifacts": wanted}, Existing(claims=[CLAIM], artifacts=made)) == keys
    assert refused({"artifacts": wanted}, Existing(artifacts=made)) == []


def test_everything_that_is_wrong_is_named_at_once() -> None:
    existing = Existing(claims=[CLAIM], artifacts="direct", hosts={"mlflow-server.local": "shop"})
    config = {"mlflowHost": "mlflow-server.local", "minioStorage": "1Gi"}
    assert refused(config, existing) == ["mlflowHost", "artifacts", "minioStorage"]


def test_a_stack_stays_on_its_cluster() -> None:
    def failures(olds: dict[str, str]) -> list[str]:
        result = OwnerProvider().check(olds, {"context": "here"})
        return [failure.reason for failure in result.failures]

    assert failures({}) == []
    assert failures({"context": "here"}) == []
    [reason] = failures({"context": "there"})
    assert "pulumi config set context there" in reason
