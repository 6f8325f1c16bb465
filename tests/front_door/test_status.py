"""What `make status` makes of the answers of a cluster and of the metrics of a stack's parts."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from rich.console import Console
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from front_door.finding import Finding
from front_door.models import ServedModel
from front_door.request import Request
from front_door.status import look as looking
from front_door.status import traffic
from front_door.status.look import Event, Look, Status
from front_door.status.screen import screen
from front_door.status.traffic import Counted, Traffic, between, quantile, summed
from mlplatform_server import monitoring
from mlplatform_server.serving.metrics import Metrics
from mlplatform_server.serving.pin import Pin
from mlplatform_server.serving.scoring import Outcome
from tests.images.serving.asgi import ask
from toolchain.process import Failed

INFINITE = float("inf")
REQUEST = Request("dev", "cluster")


async def empty(scope: Scope, receive: Receive, send: Send) -> None:
    await Response()(scope, receive, send)


def told(registry: CollectorRegistry) -> list[Sample]:
    text = generate_latest(registry).decode()
    return [one for family in text_string_to_metric_families(text) for one in family.samples]


def test_what_mlflow_counts_is_read_without_what_probes_ask() -> None:
    registry = CollectorRegistry()
    app = monitoring.Counted(empty, registry)
    for path in ("/health", "/api/2.0/mlflow/runs/search", "/version"):
        ask(app, path, method="GET")
    found = summed(told(registry), "mlplatform_mlflow")
    assert (found.requests, found.within[INFINITE]) == (2, 2)


def test_what_a_served_model_counts_is_read() -> None:
    metrics = Metrics(Pin(name="wine", version="1", source="s"), 1)
    metrics.answered(Outcome.OK, 0.003)
    metrics.answered(Outcome.BAD_INPUT, 0.2)
    found = summed(told(metrics.registry), "mlplatform_model")
    assert (found.requests, found.within[0.005], found.within[INFINITE]) == (2, 1, 2)


def counted(at: float, requests: float, within: Mapping[float, float] | None = None) -> Counted:
    return Counted(at=at, requests=requests, within=within or {1: requests, INFINITE: requests})


def test_requests_per_second_are_those_between_two_looks() -> None:
    found = between("mlflow-server", counted(10, 100), counted(20, 150))
    assert (found.per_second, found.p50_s) == (5, 0.5)


def test_a_part_that_has_started_anew_has_counted_from_nothing() -> None:
    assert between("mlflow-server", counted(10, 100), counted(20, 30)).per_second == 3


@pytest.mark.parametrize(
    ("share", "seconds"), [(0.25, 0.5), (0.5, 1), (0.75, 1.5), (0.9, 2), (0.99, 2)]
)
def test_a_quantile_is_where_prometheus_would_see_it(share: float, seconds: float) -> None:
    assert quantile(share, {1: 50, 2: 90, INFINITE: 100}) == pytest.approx(seconds, rel=0.15)


@pytest.mark.parametrize("within", [{}, {1: 0, INFINITE: 0}])
def test_where_nothing_was_asked_there_is_no_quantile(within: dict[float, float]) -> None:
    assert quantile(0.5, within) is None


def pod(part: str, *ports: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {"name": f"{part}-1", "labels": {"app.kubernetes.io/name": part}},
        "spec": {"containers": [{"ports": list(ports)}]},
        "status": {"phase": "Running"},
    }


METRICS = {"name": "metrics", "containerPort": 9090}


def test_only_ports_for_metrics_are_read_and_only_of_what_answers_clients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def kubectl(_context: str, *words: str, **_: float) -> str:
        read.append(words[-1])
        return 'mlplatform_mlflow_requests_total{family="runs",status="200"} 7.0\n'

    monkeypatch.setattr(traffic, "kubectl", kubectl)
    http = {"name": "http", "containerPort": 5000}
    pods = [pod("mlflow-server", http, METRICS), pod("postgres", METRICS)]
    found = traffic.counted(REQUEST, pods)
    pods_path = "/api/v1/namespaces/mlplatform-dev/pods"
    assert read == [f"--raw={pods_path}/mlflow-server-1:9090/proxy/metrics"]
    assert found["mlflow-server"].requests == 7
    assert traffic.counted(REQUEST, [pod("mlflow-server", http)]) == {}


def test_a_stack_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "get", lambda *_: [])
    with pytest.raises(Failed, match="the cluster has none"):
        Look(REQUEST)


def test_the_last_backup_and_the_last_events_are_found_and_secrets_stay_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = [
        {
            "metadata": {"creationTimestamp": f"2030-01-01T00:00:{second:02}Z"},
            "involvedObject": {"kind": "Pod", "name": f"p{second}"},
            "type": "Normal",
            "reason": "Started",
            "message": "with hunter22",
        }
        for second in range(20)
    ]
    marks = {"annotations": {"mlplatform/backed-up": "2030-01-02T00:00:00Z"}}
    cluster: dict[str, list[dict[str, Any]]] = {
        "namespace": [{"metadata": marks}],
        "cronjob": [{"status": {"lastSuccessfulTime": "2030-01-01T03:00:00Z"}}],
        "pods": [],
        "events": events,
    }
    monkeypatch.setattr(looking, "get", lambda _context, kind, *_: cluster[kind])
    monkeypatch.setattr(looking, "masked", lambda text, *_: text.replace("hunter22", "***"))
    monkeypatch.setattr(looking.health, "of_cluster", lambda _: [Finding("a", "b", wrong=False)])
    monkeypatch.setattr(looking.models, "in_stack", lambda _: [])
    status = Look(REQUEST).again()
    assert status.traffic is None
    assert status.last_backup == "2030-01-02T00:00:00Z"
    assert [event.about for event in status.events[:2]] == ["Pod/p19", "Pod/p18"]
    assert "hunter22" not in status.as_json
    assert json.loads(status.as_json)["findings"] == [
        {"name": "a", "text": "b", "wrong": False, "figures": {}}
    ]


def printed(status: Status) -> str:
    console = Console(width=120)
    with console.capture() as capture:
        console.print(screen(status))
    return capture.get()


def test_the_screen_shows_each_side_and_what_the_cluster_says_as_it_is() -> None:
    served = ServedModel(
        name="wine@champion", wanted="2", serving="1", since="", state="failed", reason="crash"
    )
    event = Event(time="2030-01-01T10:20:30Z", type="Warning", about="Pod/p", text="[red]Killed")
    shown = printed(
        Status(
            stack="dev",
            time="2030-01-01T10:20:31+00:00",
            findings=[Finding("volume of postgres", "is full: 95% of 1.0 GB used")],
            traffic=[Traffic(part="mlflow-server", per_second=12.34, p50_s=0.012, p99_s=None)],
            last_backup=None,
            models=[served],
            events=[event],
        )
    )
    for text in ("1 wrong", "95% of 1.0 GB", "12.3", "12 ms", "last backup  none", "crash"):
        assert text in shown
    assert "10:20:30  Pod/p  [red]Killed" in shown


def test_without_monitoring_the_screen_says_what_turns_it_on() -> None:
    status = Status(
        stack="dev",
        time="2030-01-01T10:20:31+00:00",
        findings=[],
        traffic=None,
        last_backup=None,
        models=[],
        events=[],
    )
    assert "off: `pulumi config set monitoring scrape`" in printed(status)
