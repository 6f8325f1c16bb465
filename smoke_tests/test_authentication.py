"""Where MLflow asks for a password, nobody gets in without; where it does not, anybody does."""

from __future__ import annotations

import pytest
import requests

from smoke_tests.client import http_session
from smoke_tests.settings import Settings

TIMEOUT_S = 10
SEARCH = "/api/2.0/mlflow/experiments/search?max_results=1"
GUARDED = (
    "/",
    "/version",
    "/metrics",
    "/signup",
    "/docs",
    "/get-artifact?path=model&run_uuid=0",
    "/ajax-api/2.0/mlflow/experiments/search?max_results=1",
    "/api/2.0/mlflow/users/list",
    "/api/2.0/mlflow-artifacts/artifacts",
    "/api/3.0/mlflow/traces/get?trace_id=0",
    SEARCH,
    # They begin like what needs no password.
    "/health/../api/2.0/mlflow/experiments/search?max_results=1",
    "/health/%2e%2e/api/2.0/mlflow/experiments/search?max_results=1",
    "/static-files/../api/2.0/mlflow/experiments/search?max_results=1",
)
PUBLIC = ("/health", "/health/database", "/api/3.0/mlflow/server-info")


def status(settings: Settings, path: str, login: tuple[str, str] | None = None) -> int:
    """The answer to a path as it is: a client that is no browser does not clean it up."""
    request = requests.Request("GET", settings.tracking_uri, auth=login).prepare()
    request.url = f"{settings.tracking_uri}{path}"
    with http_session(settings) as session:
        # What is in a person's .netrc would be a login too.
        session.trust_env = False
        return session.send(request, timeout=TIMEOUT_S).status_code


@pytest.fixture
def login(settings: Settings) -> tuple[str, str]:
    """The administrator, of a stack that has one."""
    if settings.login is None:
        pytest.skip("auth is off")
    return settings.login


@pytest.mark.usefixtures("login")
@pytest.mark.parametrize("path", GUARDED)
def test_nobody_gets_in_without_a_password(settings: Settings, path: str) -> None:
    assert status(settings, path) in (401, 404)
    assert path != SEARCH or status(settings, path) == 401


@pytest.mark.usefixtures("login")
@pytest.mark.parametrize("path", PUBLIC)
def test_a_probe_and_a_client_that_looks_around_need_no_password(
    settings: Settings, path: str
) -> None:
    assert status(settings, path) == 200


def test_the_administrator_gets_in_and_nobody_with_another_password(
    settings: Settings, login: tuple[str, str]
) -> None:
    user, password = login
    assert status(settings, SEARCH, login) == 200
    for other in ((user, password[:-1]), (user, "password1234"), ("somebody", password), ("", "")):
        assert status(settings, SEARCH, other) == 401


def test_a_stack_without_auth_lets_everybody_in(settings: Settings) -> None:
    if settings.login is not None:
        pytest.skip("auth is on")
    assert status(settings, SEARCH) == 200
