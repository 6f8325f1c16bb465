"""Traces by MLflow's SDK and by OpenTelemetry's protocol, what people say of them, and searches."""

from __future__ import annotations

import time

import mlflow
import pytest
import requests
from mlflow.entities import Trace
from mlflow.tracking import MlflowClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from smoke_tests.settings import Settings


@pytest.fixture(scope="module")
def trace_experiment_id(client: MlflowClient, label: str) -> str:
    """An experiment for traces; the active one, because spans go there."""
    experiment_id = client.create_experiment(f"{label}-traces")
    mlflow.set_experiment(experiment_id=experiment_id)
    return experiment_id


@pytest.fixture(scope="module")
def trace(client: MlflowClient, trace_experiment_id: str) -> Trace:
    """A call with a call inside, and what people and programs say of it."""

    @mlflow.trace(name="look up", span_type="RETRIEVER")
    def look_up(wine: str) -> list[str]:
        return [wine.upper()]

    @mlflow.trace(name="answer", attributes={"model": "none"})
    def answer(wine: str) -> str:
        mlflow.update_current_trace(tags={"colour": "white"})
        return look_up(wine)[0]

    assert answer("Riesling") == "RIESLING"
    mlflow.flush_trace_async_logging()
    trace_id = mlflow.get_last_active_trace_id()
    assert trace_id is not None
    mlflow.log_feedback(trace_id=trace_id, name="helpful", value=True, rationale="short")
    mlflow.log_expectation(trace_id=trace_id, name="wanted", value="RIESLING")
    client.set_trace_tag(trace_id, "reviewed", "yes")
    found = mlflow.get_trace(trace_id)
    assert found is not None
    assert found.info.experiment_id == trace_experiment_id
    return found


def test_a_trace_of_the_sdk_comes_back_with_its_spans(trace: Trace) -> None:
    outer, inner = trace.data.spans
    assert (outer.name, inner.name, inner.parent_id) == ("answer", "look up", outer.span_id)
    assert (outer.inputs, inner.outputs) == ({"wine": "Riesling"}, ["RIESLING"])


def test_assessments_of_a_trace_are_kept_and_changed(client: MlflowClient, trace: Trace) -> None:
    said = {assessment.name: assessment for assessment in trace.info.assessments}
    helpful, wanted = said["helpful"], said["wanted"]
    assert helpful.feedback is not None
    assert wanted.expectation is not None
    assert (helpful.feedback.value, wanted.expectation.value) == (True, "RIESLING")
    kept = helpful.assessment_id
    assert kept is not None
    mlflow.override_feedback(
        trace_id=trace.info.trace_id, assessment_id=kept, value=False, rationale="wrong after all"
    )
    now = client.get_trace(trace.info.trace_id).info.assessments
    valid = [one.feedback for one in now if one.name == "helpful" and one.valid]
    assert [feedback.value for feedback in valid if feedback] == [False]


@pytest.mark.parametrize(
    ("expression", "is_found"),
    [
        ("trace.status = 'OK'", True),
        ("trace.status != 'OK'", False),
        ("tags.colour = 'white'", True),
        ("tags.colour LIKE 'wh%'", True),
        ("tags.colour IS NULL", False),
        ("trace.timestamp_ms > 0 AND tags.reviewed = 'yes'", True),
        ("trace.execution_time_ms >= 100000", False),
        ("span.name = 'look up'", True),
        ("span.type IN ('RETRIEVER', 'LLM')", True),
        ("span.name RLIKE '^look'", True),
        ("span.name ILIKE 'LOOK%'", True),
        ("trace.text LIKE '%RIESLING%'", True),
        ("feedback.helpful = 'false'", True),
        ("expectation.wanted = 'RIESLING'", True),
    ],
)
def test_traces_are_found_by(
    client: MlflowClient,
    trace_experiment_id: str,
    trace: Trace,
    expression: str,
    is_found: bool,
) -> None:
    found = client.search_traces(
        locations=[trace_experiment_id], filter_string=expression, include_spans=False
    )
    assert (trace.info.trace_id in {one.info.trace_id for one in found}) == is_found


def test_a_trace_belongs_to_a_run_once_it_is_linked(
    client: MlflowClient, trace_experiment_id: str, trace: Trace
) -> None:
    run_id = client.create_run(trace_experiment_id).info.run_id
    client.link_traces_to_run([trace.info.trace_id], run_id)
    found = client.search_traces(locations=[trace_experiment_id], run_id=run_id)
    assert [one.info.trace_id for one in found] == [trace.info.trace_id]


def test_a_trace_of_opentelemetry_comes_back(
    settings: Settings, http: requests.Session, client: MlflowClient, trace_experiment_id: str
) -> None:
    began = time.time_ns()
    message = ExportTraceServiceRequest()
    span = message.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id = bytes(range(16)), bytes(range(8))
    span.name = "from another language"
    span.start_time_unix_nano, span.end_time_unix_nano = began, began + 1_000_000
    response = http.post(
        f"{settings.tracking_uri}/v1/traces",
        data=message.SerializeToString(),
        headers={
            "Content-Type": "application/x-protobuf",
            "x-mlflow-experiment-id": trace_experiment_id,
        },
        timeout=10,
    )
    assert response.status_code == 200, response.text
    found = client.search_traces(
        locations=[trace_experiment_id], filter_string="span.name LIKE 'from%'"
    )
    assert [span.name for one in found for span in one.data.spans] == ["from another language"]
    client.delete_traces(trace_experiment_id, trace_ids=[found[0].info.trace_id])
