"""The environment that MLflow's client is given."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from smoke_tests.client import (
    environment,
    fail_fast_environment,
    http_session,
    plain_environment,
)
from smoke_tests.settings import ArtifactMode, Settings

HOSTS = frozenset({"mlflow-server.local"})


def settings(
    artifacts: ArtifactMode = ArtifactMode.PROXIED,
    login: tuple[str, str] | None = None,
    ca_file: str | None = None,
) -> Settings:
    """A stack with made-up keys."""
    return Settings(
        tracking_uri="http://mlflow-server.local",
        s3_endpoint_url="http://mlflow-minio.local",
        namespace="mlplatform-dev",
        context="minikube",
        bucket="mlflow",
        artifacts=artifacts,
        ephemeral=True,
        external=frozenset(),
        s3_region="us-east-1",
        mlflow_features=frozenset(),
        s3_access_key="an-access-key",
        s3_secret_key="a-secret-key",
        login=login,
        ca_file=ca_file,
        store_ca_file=ca_file,
        redirects=False,
        models=(),
        ingress_address="192.168.49.2",
        prometheus_url=None,
        wine_csv=None,
    )


@pytest.mark.parametrize("artifacts", [ArtifactMode.PROXIED, ArtifactMode.PRESIGNED])
def test_a_plain_client_gets_the_tracking_uri_and_nothing_else(artifacts: ArtifactMode) -> None:
    assert plain_environment(settings(artifacts)) == {
        "MLFLOW_TRACKING_URI": "http://mlflow-server.local"
    }


def test_where_mlflow_asks_for_a_password_every_client_has_one() -> None:
    guarded = settings(login=("admin", "a-password"))
    variables = plain_environment(guarded)
    assert variables["MLFLOW_TRACKING_USERNAME"] == "admin"
    assert variables["MLFLOW_TRACKING_PASSWORD"] == "a-password"
    assert http_session(guarded).auth == ("admin", "a-password")
    assert "a-password" in guarded.secrets
    assert http_session(settings()).auth is None


@pytest.mark.parametrize("artifacts", ArtifactMode)
def test_only_the_client_of_a_direct_stack_holds_a_key(artifacts: ArtifactMode) -> None:
    variables = fail_fast_environment(settings(artifacts))
    assert ("a-secret-key" in variables.values()) == (artifacts is ArtifactMode.DIRECT)


def test_a_setting_in_the_persons_shell_does_not_reach_the_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "false")
    with environment({"MLFLOW_TRACKING_URI": "http://mlflow-server.local"}, HOSTS):
        seen = {name for name in os.environ if name.startswith("MLFLOW_")}
    assert seen == {"MLFLOW_TRACKING_URI"}
    assert os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"] == "false"


def test_the_stack_is_reached_without_the_persons_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "intranet")
    with environment({}, HOSTS):
        assert os.environ["no_proxy"] == "intranet,mlflow-server.local"


def test_downloaded_models_are_gone_afterwards() -> None:
    with environment({}, HOSTS):
        model = Path(tempfile.mkdtemp()) / "model.skops"
        model.touch()
    assert not model.parent.parent.exists()
    assert Path(tempfile.gettempdir()).exists()
