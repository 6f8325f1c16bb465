"""The promoter against a stand-in for the cluster's API and a real MLflow registry."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from requests.adapters import BaseAdapter
from werkzeug.serving import make_server

from mlplatform_server.promoter.__main__ import Promoter, Served
from mlplatform_server.promoter.cluster import STATE, Cluster
from mlplatform_server.promoter.decision import Receipt, State, Unresolved
from mlplatform_server.promoter.registry import Registry
from mlplatform_server.serving.pin import ANNOTATION, Pin, read
from tests.images.promoter.objects import deployment, done, ended, pod

WINE = Served(part="model-wine", name="wine", alias="champion")
TAG = "mlplatform.dev"


@pytest.fixture(scope="module")
def tracking_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real MLflow server, in a thread."""
    directory = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_MLFLOW_SERVER_FILE_STORE", f"sqlite:///{directory}/mlflow.db")
        patch.setenv("_MLFLOW_SERVER_ARTIFACT_ROOT", f"{directory}/artifacts")
        from mlflow.server import app

        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def client(tracking_uri: str) -> Iterator[MlflowClient]:
    """A registry with two versions of wine, of which the first is the champion."""
    client = MlflowClient(tracking_uri, tracking_uri)
    client.create_registered_model("wine")
    run = client.create_run("0")
    for version in "12":
        client.create_model_version("wine", f"{run.info.artifact_uri}/{version}", run.info.run_id)
    client.set_registered_model_alias("wine", "champion", "1")
    yield client
    client.delete_registered_model("wine")


@pytest.fixture
def registry(tracking_uri: str) -> Registry:
    return Registry(tracking_uri, None)


def test_an_alias_is_resolved_to_a_version_and_its_files(
    client: MlflowClient, registry: Registry
) -> None:
    found = registry.resolve("wine", "champion")
    source = client.get_model_version_download_uri("wine", "1")
    assert found == Pin(name="wine", version="1", source=source)


@pytest.mark.parametrize(("name", "alias"), [("wine", "nobody"), ("beer", "champion")])
@pytest.mark.usefixtures("client")
def test_an_alias_that_is_not_there_is_told_from_an_outage(
    registry: Registry, name: str, alias: str
) -> None:
    assert registry.resolve(name, alias) == Unresolved(reason=f"MLflow has no {name}@{alias}")


def test_an_outage_is_an_outage() -> None:
    away = Registry("http://127.0.0.1:9", None)
    assert away.resolve("wine", "champion") == Unresolved(
        reason="MLflow does not answer: ConnectionError"
    )
    assert not away.tell(TAG, Receipt(name="wine", version="1", text="serving"))


def test_a_receipt_is_a_tag_and_one_for_a_version_that_is_gone_is_done_with(
    client: MlflowClient, registry: Registry
) -> None:
    assert registry.tell(TAG, Receipt(name="wine", version="2", text="serving (now)"))
    assert client.get_model_version("wine", "2").tags == {TAG: "serving (now)"}
    client.delete_model_version("wine", "2")
    assert registry.tell(TAG, Receipt(name="wine", version="2", text="retired"))
    with pytest.raises(MlflowException):
        client.get_model_version("wine", "2")


class StandIn(BaseAdapter):
    """Answers as the cluster's API does, and keeps what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.deployment = deployment(None)
        self.pods: list[dict[str, Any]] = []
        self.applied: list[dict[str, Any]] = []
        self.asked: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.asked.append(request)
        path = str(request.path_url).partition("?")[0]
        if request.method == "PATCH":
            body = json.loads(str(request.body))
            self.applied.append(body)
            annotations = self.deployment["metadata"].setdefault("annotations", {})
            annotations[STATE] = body["metadata"]["annotations"][STATE]
            template = body.get("spec", {}).get("template", {"metadata": {"annotations": {}}})
            if self.deployment["spec"]["template"] != template:
                self.deployment["spec"]["template"] = template
                self.deployment["metadata"]["generation"] += 1
        found: Any = {"items": self.pods} if path.endswith("/pods") else self.deployment
        response = requests.Response()
        response.status_code = 200
        response._content = json.dumps(found).encode()
        return response

    def close(self) -> None:
        pass

    @property
    def pinned(self) -> Pin | None:
        annotations = self.deployment["spec"]["template"]["metadata"]["annotations"]
        return read(annotations.get(ANNOTATION, ""))

    def finish(self) -> None:
        """Let the rollout come to its end."""
        self.pods = []
        self.deployment["status"] = done()["status"] | {
            "observedGeneration": self.deployment["metadata"]["generation"]
        }

    def fail(self, message: str) -> None:
        """Let the new pod say that it cannot serve."""
        self.deployment["status"] = deployment()["status"] | {
            "observedGeneration": self.deployment["metadata"]["generation"]
        }
        template = self.deployment["spec"]["template"]["metadata"]["annotations"]
        self.pods = [pod(template[ANNOTATION], state=ended(3, message))]


@pytest.fixture
def api() -> StandIn:
    return StandIn()


@pytest.fixture
def cluster(api: StandIn, tmp_path: Path) -> Cluster:
    (tmp_path / "token").write_text("token-of-the-account")
    cluster = Cluster("mlplatform-dev", tmp_path)
    cluster._session.mount("https://", api)
    return cluster


@pytest.fixture
def promoter(cluster: Cluster, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Promoter:
    monkeypatch.setattr("prometheus_client.registry.REGISTRY.register", lambda _: None)
    return Promoter(cluster, registry, TAG)


def test_it_touches_nothing_but_its_two_annotations(
    cluster: Cluster, api: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("renewed")
    one = Pin(name="wine", version="1", source="s")
    cluster.pin("model-wine", one, State(good=one))
    [request] = api.asked
    assert request.method == "PATCH"
    assert str(request.url).startswith(
        "https://kubernetes.default.svc/apis/apps/v1/namespaces/mlplatform-dev"
        "/deployments/model-wine?fieldManager=mlplatform-promoter&force=true"
    )
    assert request.headers["Content-Type"] == "application/apply-patch+yaml"
    assert request.headers["Authorization"] == "Bearer renewed"
    [applied] = api.applied
    assert applied["metadata"].keys() == {"name", "annotations"}
    assert applied["spec"] == {"template": {"metadata": {"annotations": {ANNOTATION: one.text()}}}}


def test_the_cluster_is_checked_by_its_own_authority_whatever_else_pods_trust(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/mlplatform/ca.crt")
    session = cluster._session
    used = session.merge_environment_settings("https://a", {}, None, session.verify, None)
    assert used["verify"] == str(tmp_path / "ca.crt")


def test_a_tag_of_the_version_names_its_image_where_that_may_be(
    client: MlflowClient, registry: Registry, cluster: Cluster, api: StandIn
) -> None:
    def image(default: str | None) -> str | None:
        found = registry.resolve("wine", "champion", default)
        assert isinstance(found, Pin)
        cluster.pin("model-wine", found, State())
        return found.image

    assert image("of-the-stack") == "of-the-stack"
    client.set_model_version_tag("wine", "1", "mlplatform.image", "of-the-version")
    assert image("of-the-stack") == "of-the-version"
    assert image(None) is None
    applied = [one["spec"]["template"].get("spec") for one in api.applied]
    assert applied == [
        {"containers": [{"name": "model", "image": "of-the-stack"}]},
        {"containers": [{"name": "model", "image": "of-the-version"}]},
        None,
    ]


def test_a_version_is_promoted_and_its_receipt_given(
    client: MlflowClient, api: StandIn, promoter: Promoter
) -> None:
    assert promoter.look_after(WINE)
    assert api.pinned is not None
    assert api.pinned.version == "1"
    assert client.get_model_version("wine", "1").tags == {}
    api.finish()
    assert not promoter.look_after(WINE)
    assert client.get_model_version("wine", "1").tags[TAG].startswith("serving (20")


def test_nothing_is_written_while_nothing_happens(
    client: MlflowClient, api: StandIn, promoter: Promoter
) -> None:
    assert client.get_model_version_by_alias("wine", "champion").version == "1"
    promoter.look_after(WINE)
    api.finish()
    promoter.look_after(WINE)
    before = len(api.applied)
    for _ in range(3):
        promoter.look_after(WINE)
    assert len(api.applied) == before


def test_a_version_that_fails_is_left_and_said_so(
    client: MlflowClient, api: StandIn, promoter: Promoter
) -> None:
    promoter.look_after(WINE)
    api.finish()
    promoter.look_after(WINE)
    client.set_registered_model_alias("wine", "champion", "2")
    assert promoter.look_after(WINE)
    assert api.pinned is not None
    assert api.pinned.version == "2"
    api.fail("It fails its own example: no")
    promoter.look_after(WINE)
    assert api.pinned is not None
    assert api.pinned.version == "1"
    api.finish()
    for _ in range(2):
        assert not promoter.look_after(WINE)
        assert api.pinned.version == "1"
    told = client.get_model_version("wine", "2").tags[TAG]
    assert told.startswith("failed: It fails its own example: no (20")
    assert client.get_model_version("wine", "1").tags[TAG].startswith("serving")


def test_a_version_that_serves_under_another_alias_is_not_called_retired(
    client: MlflowClient, api: StandIn, promoter: Promoter, registry: Registry
) -> None:
    promoter.look_after(WINE)
    api.finish()
    promoter.look_after(WINE)
    first = registry.resolve("wine", "champion")
    assert isinstance(first, Pin)
    promoter._states["model-challenger"] = State(good=first)
    client.set_registered_model_alias("wine", "champion", "2")
    promoter.look_after(WINE)
    api.finish()
    promoter.look_after(WINE)
    assert client.get_model_version("wine", "1").tags[TAG].startswith("serving")
    assert client.get_model_version("wine", "2").tags[TAG].startswith("serving")
