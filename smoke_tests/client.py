"""How a client reaches a stack: what its environment holds, and nothing else of a person's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from smoke_tests.settings import ArtifactMode, ServedModel, Settings

# The front door imports this before there are any packages.
if TYPE_CHECKING:
    import requests

# MLflow's defaults take four minutes to give up on a server that is not there.
FAIL_FAST = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    # Its queue looks once a second whether it is to end, and so do whoever flushes it and the exit.
    "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false",
}


def plain_environment(settings: Settings) -> dict[str, str]:
    """All that a client needs: the tracking URI; a login and a key where the stack asks for one."""
    variables = {"MLFLOW_TRACKING_URI": settings.tracking_uri}
    if settings.login is not None:
        variables["MLFLOW_TRACKING_USERNAME"], variables["MLFLOW_TRACKING_PASSWORD"] = (
            settings.login
        )
    if settings.ca_file is not None:
        variables["MLFLOW_TRACKING_SERVER_CERT_PATH"] = settings.ca_file
    if settings.artifacts is ArtifactMode.PRESIGNED and settings.store_ca_file is not None:
        # MLflow's client trusts the store that it is sent to as requests does.
        variables["REQUESTS_CA_BUNDLE"] = settings.store_ca_file
    if settings.artifacts is ArtifactMode.DIRECT:
        variables |= s3_environment(settings)
    return variables


def s3_environment(settings: Settings) -> dict[str, str]:
    """What a client needs to reach the store itself, as in the tutorial."""
    return {
        "MLFLOW_S3_ENDPOINT_URL": settings.s3_endpoint_url,
        "AWS_ACCESS_KEY_ID": settings.s3_access_key,
        "AWS_SECRET_ACCESS_KEY": settings.s3_secret_key,
        "AWS_SESSION_TOKEN": "",  # one in the person's shell belongs to another account
        "AWS_DEFAULT_REGION": settings.s3_region,
        **({} if settings.store_ca_file is None else {"AWS_CA_BUNDLE": settings.store_ca_file}),
    }


def http_session(settings: Settings) -> requests.Session:
    """What asks MLflow without its client: with the same login, and the same trust."""
    session = _session(settings.ca_file)
    session.auth = settings.login
    return session


def store_session(settings: Settings) -> requests.Session:
    """What asks the store without a key of its own: with the same trust."""
    return _session(settings.store_ca_file)


def model_session(settings: Settings, model: ServedModel) -> requests.Session:
    """What asks a served model: with its token, and the same trust."""
    session = _session(settings.ca_file)
    session.headers.update(model.headers)
    return session


def _session(ca_file: str | None) -> requests.Session:
    import requests

    session = requests.Session()
    if ca_file is not None:
        session.verify = ca_file
        # REQUESTS_CA_BUNDLE would win over it (psf/requests#3829).
        session.trust_env = False
    return session


def fail_fast_environment(settings: Settings) -> dict[str, str]:
    """The same with little patience, as most of the tests have it."""
    return plain_environment(settings) | FAIL_FAST


@contextmanager
def environment(variables: Mapping[str, str], hosts: frozenset[str]) -> Iterator[None]:
    """Run a block with `variables` and no other setting of MLflow.

    Enter it before `mlflow` is imported: its telemetry decides at import whether to run. Models
    are downloaded to a temporary directory that is gone afterwards; MLflow leaves them lying.

    Args:
        variables: All of MLflow's settings.
        hosts: Hosts that are reached without a proxy.
    """
    before = dict(os.environ)
    directory_before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="smoke-") as directory:
        for name in before:
            if name.startswith("MLFLOW_"):
                del os.environ[name]
        # Not a setting of the client's work, but without it every client calls home.
        os.environ["DO_NOT_TRACK"] = "true"
        for name in ("no_proxy", "NO_PROXY"):
            os.environ[name] = ",".join([*filter(None, [before.get(name)]), *sorted(hosts)])
        os.environ["TMPDIR"] = tempfile.tempdir = directory
        os.environ.update(variables)
        try:
            yield
        finally:
            tempfile.tempdir = directory_before
            os.environ.clear()
            os.environ.update(before)
