"""Removing for good takes all that was named, and never reaches beyond it."""

from __future__ import annotations

import contextlib
import time

import psycopg2
import pytest
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.entities.webhook import WebhookAction, WebhookEntity, WebhookEvent
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as Registry
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as Tracking

from smoke_tests.namespace import Namespace
from smoke_tests.purge import REMOVE, purge

OWN, OTHER = "smoke-0badcafe", "team-own"
COUNTS = """
select table_name,
       (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I', table_name),
                                            false, true, '')))[1]::text::int
from information_schema.tables
where table_schema = 'public' and table_type = 'BASE TABLE'
"""


def fill(uri: str, name: str) -> None:
    """Make an experiment with a run, an input, a logged model; and a webhook."""
    tracking, registry = Tracking(uri, "mlflow-artifacts:/"), Registry(uri)
    experiment_id = tracking.create_experiment(name)
    now = int(time.time() * 1000)
    run_id = tracking.create_run(experiment_id, "user", now, [], "run").info.run_id
    tracking.log_batch(run_id, [Metric("m", 1, now, 0)], [Param("p", "1")], [RunTag("t", "1")])
    dataset = Dataset("wines", name, "local", "{}")
    tracking.log_inputs(run_id, [DatasetInput(dataset, [InputTag("context", "training")])])
    tracking.create_logged_model(experiment_id, "model", run_id)
    event = WebhookEvent(WebhookEntity.REGISTERED_MODEL, WebhookAction.CREATED)
    made = registry.create_webhook(name, "https://1.1.1.1/", [event])
    registry.delete_webhook(made.webhook_id)  # MLflow only marks it


def counts(connection: psycopg2.extensions.connection) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        return dict(cursor.fetchall())


def test_all_of_the_label_goes_and_nothing_else(database: str) -> None:
    fill(database, OTHER)
    with contextlib.closing(psycopg2.connect(database.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        before = counts(connection)
        fill(database, OWN)
        filled = counts(connection)
        assert {table for table in before if filled[table] > before[table]} >= {
            *("experiments", "runs", "metrics", "params", "tags", "inputs", "input_tags"),
            *("logged_models", "webhooks", "webhook_events"),
        }
        with connection.cursor() as cursor:
            cursor.execute(REMOVE.replace(":'label'", f"'{OWN}'"))
        assert counts(connection) == before


@pytest.mark.parametrize("label", ["", "smoke-"])
def test_a_label_that_could_be_anybodys_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="anybody"):
        purge(Namespace("no-such-context", "mlplatform-dev"), label)
