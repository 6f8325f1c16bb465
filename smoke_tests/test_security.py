"""What must be refused is refused, and what a browser does is not."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest
import requests
from botocore.client import BaseClient

from cluster.kubectl import kubectl
from smoke_tests.client import store_session
from smoke_tests.forgery import forgeries
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings
from smoke_tests.store import keys

SEARCH = "/ajax-api/2.0/mlflow/experiments/search"
FOREIGN_HOST = "mlflow.example.com"
TIMEOUT_S = 10

# Past the ingress, as a page in a cluster user's browser could come after DNS rebinding.
_ASK_WITH_HOST = """
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", 5000, timeout=5)
path = "/api/3.0/mlflow/server-info"  # needs no password
connection.request("GET", path, headers={"Host": sys.argv[1]})
print(connection.getresponse().status)
"""
_PUT_TO_STORE = """
import os, requests
store = os.environ["MLFLOW_S3_ENDPOINT_URL"]
session = requests.Session()
session.verify = os.environ.get("AWS_CA_BUNDLE", True)
for path, parameters, headers, body in {puts}:
    print(session.put(store + path, body, params=parameters, headers=headers).status_code)
"""


@pytest.mark.own("minio")
@pytest.mark.parametrize("form", forgeries("", "", ""))
def test_a_write_forged_from_an_access_key_alone_is_refused(
    settings: Settings, s3: BaseClient, label: str, form: str
) -> None:
    key = f"{label}/forged with {form}"
    forgery = forgeries(settings.s3_access_key, settings.s3_region, key)[form]
    response = store_session(settings).put(
        f"{settings.s3_endpoint_url}/{settings.bucket}/{key}",
        params=forgery.parameters,
        headers=forgery.headers,
        data=forgery.body,
        timeout=TIMEOUT_S,
    )
    assert (response.status_code, keys(s3, settings.bucket, key)) == (403, [])


@pytest.mark.own("minio")
def test_past_the_ingress_it_is_refused_by_the_store(
    settings: Settings, namespace: Namespace, s3: BaseClient, label: str
) -> None:
    key = f"{label}/forged inside"
    path = f"/{settings.bucket}/{key}"
    forged = forgeries(settings.s3_access_key, settings.s3_region, key).values()
    puts = [(path, one.parameters, one.headers, one.body) for one in forged]
    answer = namespace.execute(
        "deployment/mlflow-server", ["python", "-"], stdin=_PUT_TO_STORE.format(puts=puts)
    )
    assert answer.split() == ["403"] * len(puts)
    assert keys(s3, settings.bucket, key) == []


def test_every_pod_of_the_stack_keeps_to_the_restricted_standard(settings: Settings) -> None:
    kubectl(
        settings.context,
        *("label", "--dry-run=server", "--overwrite", "--warnings-as-errors"),
        *("namespace", settings.namespace, "pod-security.kubernetes.io/enforce=restricted"),
        # Pods that are there are looked at where the level, or its version, becomes another.
        "pod-security.kubernetes.io/enforce-version=v1.34",
    )


def test_a_host_that_nobody_serves_is_refused_by_the_ingress(
    settings: Settings, http: requests.Session
) -> None:
    response = http.get(
        f"{settings.tracking_uri}/version", headers={"Host": FOREIGN_HOST}, timeout=TIMEOUT_S
    )
    assert response.status_code == 404


@pytest.mark.parametrize(("host", "status"), [(FOREIGN_HOST, "403"), ("localhost:5000", "200")])
def test_past_the_ingress_a_wrong_host_is_refused_by_mlflow(
    namespace: Namespace, host: str, status: str
) -> None:
    answer = namespace.execute(
        "deployment/mlflow-server", ["python", "-", host], stdin=_ASK_WITH_HOST
    )
    assert answer.strip() == status


def test_a_post_with_the_uis_own_origin_is_accepted(
    settings: Settings, http: requests.Session
) -> None:
    assert post_from(settings.tracking_uri, settings, http) == 200


def test_a_post_with_a_foreign_origin_is_refused(
    settings: Settings, http: requests.Session
) -> None:
    assert post_from(f"http://{FOREIGN_HOST}", settings, http) == 403


def test_the_uis_page_and_its_script_load(settings: Settings, http: requests.Session) -> None:
    page = http.get(settings.tracking_uri, timeout=TIMEOUT_S)
    assert page.status_code == 200
    assert "<title>MLflow</title>" in page.text
    script = re.search(r'src="([^"]+\.js)"', page.text)
    assert script, f"no script in the page: {page.text[:500]}"
    loaded = http.get(urljoin(page.url, script[1]), timeout=TIMEOUT_S)
    assert loaded.status_code == 200
    assert "javascript" in loaded.headers["Content-Type"]


def post_from(origin: str, settings: Settings, http: requests.Session) -> int:
    # The body is not read: MLflow refuses before it has taken the request's, and its closing of the
    # connection may then cut off the answer's.
    with http.post(
        f"{settings.tracking_uri}{SEARCH}",
        json={"max_results": 1},
        headers={"Origin": origin},
        timeout=TIMEOUT_S,
        stream=True,
    ) as answer:
        return answer.status_code
