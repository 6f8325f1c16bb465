"""The way to a store that is not published."""

import os
from pathlib import Path

import pytest

from smoke_tests.settings import load_settings
from smoke_tests.tunnel import reachable_store
from tests.smoke.test_settings import COMPLETE
from toolchain.process import Failed

UNPUBLISHED = COMPLETE | {"MLPLATFORM_STORE_SERVICE": "minio"}


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubectl to be written, before all others on PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    program = tmp_path / "kubectl"
    program.touch(mode=0o755)
    return program


def test_a_published_store_is_reached_by_its_host() -> None:
    with reachable_store(COMPLETE) as stack:
        assert stack == COMPLETE


def test_another_is_reached_through_the_cluster_and_not_through_the_ingress(kubectl: Path) -> None:
    kubectl.write_text(
        "#!/bin/sh\n"
        'test "$4" = service/minio || exit 1\n'
        "echo 'Forwarding from 127.0.0.1:40123 -> 9000'\nexec sleep 60\n"
    )
    with reachable_store(UNPUBLISHED) as stack:
        settings = load_settings(stack)
    assert settings.s3_endpoint_url == "http://127.0.0.1:40123"
    assert settings.hosts == {"mlflow-server.local"}


def test_a_tunnel_that_cannot_be_made_says_why(kubectl: Path) -> None:
    kubectl.write_text("#!/bin/sh\necho 'error: services \"minio\" not found'\nexit 1\n")
    with (
        pytest.raises(Failed, match='services "minio" not found'),
        reachable_store(UNPUBLISHED),
    ):
        pass
