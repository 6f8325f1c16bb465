"""What a stack tells of itself, and to whom."""

from __future__ import annotations

import pytest
import requests

from smoke_tests.client import http_session
from smoke_tests.settings import Settings
from smoke_tests.wait import wait_until

# Prometheus learns of pods at once, and asks each every 15 s.
FOUND_WITHIN_S = 60


@pytest.fixture
def prometheus(settings: Settings) -> str:
    if settings.prometheus_url is None:
        pytest.skip("the stack has no Prometheus of its own (monitoring builtin)")
    return settings.prometheus_url


def test_the_public_host_tells_no_metrics(settings: Settings) -> None:
    answer = http_session(settings).get(f"{settings.tracking_uri}/metrics", timeout=10)
    assert answer.status_code in (403, 404), answer.text[:200]
    assert "# TYPE" not in answer.text


def test_its_prometheus_reads_every_part_and_finds_nothing_away(
    settings: Settings, prometheus: str
) -> None:
    session = http_session(settings)
    own = {"postgres", "minio"} - settings.external
    wanted = {"mlflow-server", "exporter", *({"postgres-exporter"} if "postgres" in own else ())}

    def all_up() -> bool:
        answer = session.get(f"{prometheus}/api/v1/targets", timeout=10)
        targets = answer.json()["data"]["activeTargets"]
        errors = {target["labels"]["container"]: target["lastError"] for target in targets}
        # A model that has no version yet has no pod that could answer.
        return wanted <= errors.keys() and not any(errors[part] for part in wanted)

    wait_until(all_up, timeout_s=FOUND_WITHIN_S, describe="every part answers Prometheus")
    answer = session.get(f"{prometheus}/api/v1/alerts", timeout=10)
    firing = {one["labels"]["alertname"] for one in answer.json()["data"]["alerts"]}
    assert not firing & {"DatabaseAway", "StoreAway", "MetricsMissing"}


def test_its_prometheus_lets_in_whom_mlflow_does(settings: Settings, prometheus: str) -> None:
    answer = requests.get(f"{prometheus}/api/v1/alerts", timeout=10, verify=settings.ca_file)
    assert answer.status_code == (200 if settings.login is None else 401)
