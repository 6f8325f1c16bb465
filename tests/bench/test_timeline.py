"""Which resource took how long, and waited for which."""

from __future__ import annotations

import pytest

from bench.timeline.path import Step, critical_path, dependencies
from bench.timeline.recording import Event, Kind
from bench.timeline.spans import ENGINE, Span, spans
from bench.timeline.timeline import Timeline, timeline
from tests.bench.timelines import (
    END_S,
    recorded_dependencies,
    recorded_events,
    update,
    waits,
    work,
)


@pytest.fixture(scope="module")
def up() -> Timeline:
    return timeline(recorded_events(), recorded_dependencies())


def named(spans: list[Span], name: str) -> Span:
    return next(span for span in spans if span.name == name)


def names(path: list[Step]) -> list[str]:
    return [step.span.name for step in path if step.span.type != ENGINE]


def test_a_resource_is_worked_on_until_it_is_ready(up: Timeline) -> None:
    job = named(up.spans, "migration-job")
    assert (job.start, job.end) == (7.665, 20.387)
    assert job.type == "kubernetes:batch/v1:Job"
    assert job.operation == "create"


def test_what_was_done_is_named_unless_the_resource_was_made_or_deleted() -> None:
    operations = ["create", "delete", "refresh", "same"]
    labels = [work("server", 0, 1, operation).label for operation in operations]
    assert labels == ["server", "server", "server: refresh", "server: same"]


def test_a_component_is_no_work(up: Timeline) -> None:
    assert not [span.name for span in up.spans if span.type.startswith("mlplatform:")]
    assert "pulumi:pulumi:Stack" not in {span.type for span in up.spans}


def test_time_before_the_first_and_after_the_last_resource_is_the_engines(up: Timeline) -> None:
    engine = [(span.start, span.end) for span in up.spans if span.type == ENGINE]
    assert engine == [(0, 2.493), (2.493, 5.12), (24.117, END_S)]
    assert up.seconds == END_S


def test_what_the_provider_said_belongs_to_the_resource_it_spoke_of(up: Timeline) -> None:
    said = {message: seconds for seconds, message in named(up.spans, "migration-job").status}
    completed = next(message for message in said if "completed with exit code 0" in message)
    assert said[completed] == 18.301
    assert not named(up.spans, "bucket-job").status


def test_an_update_that_did_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="none of 1 events"):
        spans([Event(seconds=0, kind=Kind.READY)])


def test_a_resource_waits_for_what_it_uses_its_parent_and_its_provider() -> None:
    exported = {
        "deployment": {
            "resources": [
                {
                    "urn": "job",
                    "parent": "stack",
                    "provider": "urn:pulumi:dev::p::pulumi:providers:kubernetes::cluster::id",
                    "dependencies": ["namespace"],
                    "propertyDependencies": {"spec": ["secret"], "kind": []},
                },
                {"urn": "stack"},
            ]
        }
    }
    cluster = "urn:pulumi:dev::p::pulumi:providers:kubernetes::cluster"
    assert dependencies(exported) == {
        "job": {"stack", cluster, "namespace", "secret"},
        "stack": frozenset(),
    }


def test_the_critical_path_of_the_recorded_update(up: Timeline) -> None:
    assert names(up.path) == [
        "cluster",
        "namespace-namespace",
        "postgres-server-service",
        "postgres-backend-store",
        "migration-job",
        "mlflow-deployment",
    ]


def test_the_steps_of_the_critical_path_add_up_to_the_update(up: Timeline) -> None:
    assert sum(step.added for step in up.path) == pytest.approx(END_S)
    assert all(step.gap >= 0 for step in up.path)


def test_the_dependency_that_ended_last_is_the_one_waited_for() -> None:
    recorded = update(
        work("early", 1, 2), work("late", 1, 4), work("aside", 1, 8), work("last", 4.5, 9), end=9
    )
    path = critical_path(recorded, waits(last=["early", "late"]))
    assert names(path) == ["late", "last"]
    assert [step.gap for step in path if step.span.name == "last"] == [0.5]


def test_what_ends_later_was_not_waited_for() -> None:
    recorded = update(work("first", 1, 2), work("slow", 1, 6), work("last", 3, 9), end=9)
    assert names(critical_path(recorded, waits(last=["first", "slow"]))) == ["first", "last"]


def test_the_program_waits_for_the_whole_refresh() -> None:
    recorded = update(
        work("a", 1, 2, "refresh"), work("b", 1, 3, "refresh"), work("a", 4, 4, "same"), end=5
    )
    path = critical_path(recorded, waits(a=[], b=[]))
    assert [(step.span.name, step.span.operation) for step in path][2:-1] == [
        ("b", "refresh"),
        ("a", "same"),
    ]


def test_a_wave_of_deletions_waits_for_the_one_before() -> None:
    recorded = update(
        work("server", 1, 2, "delete"),
        work("volume", 2, 5, "delete"),
        work("secret", 2, 3, "delete"),
        work("namespace", 5, 9, "delete"),
        end=9,
    )
    everything_in_the_namespace = waits(
        server=["namespace", "secret", "volume"], volume=["namespace"], secret=["namespace"]
    )
    path = critical_path(recorded, everything_in_the_namespace)
    assert names(path) == ["server", "volume", "namespace"]


def test_resources_that_took_no_time_at_the_same_moment_make_no_circle() -> None:
    recorded = update(work("a", 1, 1, "delete"), work("b", 1, 1, "delete"), end=2)
    assert len(critical_path(recorded, waits(a=["b"], b=["a"]))) <= len(recorded)
