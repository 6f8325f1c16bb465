"""What the smoke tests are told, and what they say when it is not enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from smoke_tests.settings import ArtifactMode, SettingsError, load_settings

COMPLETE = {
    "MLPLATFORM_TRACKING_URI": "http://mlflow-server.local",
    "MLPLATFORM_S3_ENDPOINT_URL": "http://mlflow-minio.local",
    "MLPLATFORM_NAMESPACE": "mlplatform-dev",
    "MLPLATFORM_CONTEXT": "minikube",
    "MLPLATFORM_BUCKET": "mlflow",
    "MLPLATFORM_ARTIFACTS": "proxied",
    "MLPLATFORM_EPHEMERAL": "true",
    "MLPLATFORM_MLFLOW_FEATURES": "none",
    "MLPLATFORM_S3_ACCESS_KEY": "an-access-key",
    "MLPLATFORM_S3_SECRET_KEY": "a-secret-key",
    "MLPLATFORM_INGRESS_ADDRESS": "192.168.49.2",
}

SERVED = """[{"name": "wine", "alias": "live", "url": "http://m.local/wine",
    "token_secret": "model-wine", "token": "canary"}]"""


def test_a_complete_environment_is_accepted() -> None:
    settings = load_settings(COMPLETE)
    assert settings.artifacts is ArtifactMode.PROXIED
    assert settings.hosts == {"mlflow-server.local", "mlflow-minio.local"}
    assert settings.wine_csv is None


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({})
    assert [name for name in COMPLETE if f"{name} is not set" not in str(error.value)] == []


def test_an_empty_variable_is_a_missing_one() -> None:
    with pytest.raises(SettingsError, match="MLPLATFORM_BUCKET is not set"):
        load_settings(COMPLETE | {"MLPLATFORM_BUCKET": ""})


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("MLPLATFORM_TRACKING_URI", "mlflow-server.local", "want a URL"),
        ("MLPLATFORM_S3_ENDPOINT_URL", "http://", "want a URL"),
        ("MLPLATFORM_ARTIFACTS", "magic", "want one of: proxied, presigned, direct"),
        ("MLPLATFORM_EPHEMERAL", "yes", "want true or false"),
        ("MLPLATFORM_INGRESS_ADDRESS", "minikube", "want an IP address"),
        ("WINE_CSV", "/nowhere/wine.csv", "which is not a file"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_wanted(name: str, value: str, wanted: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(COMPLETE | {name: value})
    assert f"{name} is {value!r}" in str(error.value)
    assert wanted in str(error.value)


def test_a_stack_is_durable_where_it_says_so() -> None:
    assert not load_settings(COMPLETE | {"MLPLATFORM_EPHEMERAL": "false"}).ephemeral


@pytest.mark.parametrize(
    ("said", "features"), [("none", set()), ("gateway,jobs", {"gateway", "jobs"})]
)
def test_a_stack_says_what_mlflow_offers_besides(said: str, features: set[str]) -> None:
    read = load_settings(COMPLETE | {"MLPLATFORM_MLFLOW_FEATURES": said})
    assert read.mlflow_features == features


@pytest.mark.parametrize(
    ("artifacts", "hosts"),
    [
        ("proxied", {"mlflow-server.local"}),
        ("presigned", {"mlflow-server.local", "mlflow-minio.local"}),
        ("direct", {"mlflow-server.local", "mlflow-minio.local"}),
    ],
)
def test_a_client_needs_the_stores_host_unless_bytes_go_through_mlflow(
    artifacts: str, hosts: set[str]
) -> None:
    assert load_settings(COMPLETE | {"MLPLATFORM_ARTIFACTS": artifacts}).client_hosts == hosts


def test_the_wine_file_is_optional(tmp_path: Path) -> None:
    csv = tmp_path / "wine.csv"
    csv.touch()
    assert load_settings(COMPLETE | {"WINE_CSV": str(csv)}).wine_csv == csv


def test_a_slash_at_the_end_of_a_url_is_dropped() -> None:
    settings = load_settings(COMPLETE | {"MLPLATFORM_TRACKING_URI": "http://mlflow.local/"})
    assert settings.tracking_uri == "http://mlflow.local"


def test_the_key_does_not_show_in_a_printed_value() -> None:
    settings = load_settings(COMPLETE)
    assert "an-access-key" not in repr(settings)
    assert "a-secret-key" not in repr(settings)
    assert settings.secrets == ("an-access-key", "a-secret-key")


def test_a_stack_that_asks_for_a_password_has_a_login_that_does_not_show() -> None:
    assert load_settings(COMPLETE).login is None
    login = {"MLPLATFORM_USERNAME": "admin", "MLPLATFORM_PASSWORD": "a-password"}
    guarded = load_settings(COMPLETE | login)
    assert guarded.login == ("admin", "a-password")
    assert "a-password" in guarded.secrets
    assert "a-password" not in repr(guarded)
    with pytest.raises(SettingsError, match="MLPLATFORM_PASSWORD is not set"):
        load_settings(COMPLETE | {"MLPLATFORM_USERNAME": "admin"})


def test_a_stack_names_the_models_that_it_serves() -> None:
    said = SERVED.replace("canary", "hidden")
    settings = load_settings(COMPLETE | {"MLPLATFORM_MODELS": said})
    [model] = settings.models
    assert (model.name, model.url) == ("wine", "http://m.local/wine")
    assert model.headers == {"Authorization": "Bearer hidden"}
    assert settings.hosts == {"mlflow-server.local", "mlflow-minio.local", "m.local"}
    assert "hidden" in settings.secrets
    assert "hidden" not in repr(settings)
