"""Take away what a session made, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from botocore.client import BaseClient
from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient

from smoke_tests.namespace import Namespace
from smoke_tests.purge import purge
from smoke_tests.settings import Settings
from smoke_tests.store import delete_prefix, key_prefix
from smoke_tests.versions import MADE_BY_TESTS_TAG, MODEL_NAME, SESSION_TAG


def clean_up(settings: Settings, namespace: Namespace, s3: BaseClient, label: str) -> None:
    """Remove everything whose name, key or tag begins with `label`.

    Every step is tried, also after one has failed.

    Args:
        settings: The stack.
        namespace: Its namespace.
        s3: Client of its store.
        label: The session's label.

    Raises:
        ExceptionGroup: What could not be removed, and why.
    """
    client = MlflowClient()
    steps: list[Callable[[], None]] = [
        lambda: _remove_versions(client, label),
        lambda: _remove_registered_models(client, label),
        lambda: _remove_experiments(client, settings, namespace, s3, label),
        lambda: delete_prefix(s3, settings.bucket, label),
    ]
    problems: list[Exception] = []
    for step in steps:
        try:
            step()
        except Exception as problem:
            problems.append(problem)
    if problems:
        raise ExceptionGroup(f"something named {label}... is left on the stack", problems)


def _remove_versions(client: MlflowClient, label: str) -> None:
    for version in client.search_model_versions(f"name='{MODEL_NAME}'"):
        if version.tags.get(SESSION_TAG, "").startswith(label):
            client.delete_model_version(MODEL_NAME, version.version)
    # Other sessions and people may share the name: it goes with the last version, and only if
    # no person made it.
    for model in client.search_registered_models(f"name='{MODEL_NAME}'"):
        if MADE_BY_TESTS_TAG in model.tags and not client.search_model_versions(
            f"name='{MODEL_NAME}'"
        ):
            client.delete_registered_model(MODEL_NAME)


def _remove_registered_models(client: MlflowClient, label: str) -> None:
    for model in client.search_registered_models(f"name LIKE '{label}%'"):
        client.delete_registered_model(model.name)


def _remove_experiments(
    client: MlflowClient, settings: Settings, namespace: Namespace, s3: BaseClient, label: str
) -> None:
    experiments = client.search_experiments(filter_string=f"name LIKE '{label}%'")
    if not experiments:
        return
    ids = [experiment.experiment_id for experiment in experiments]
    runs = client.search_runs(ids, run_view_type=ViewType.ALL)
    models = client.search_logged_models(ids)
    # An empty list would make `mlflow gc` sweep the whole stack: give it something of ours.
    run_ids = [run.info.run_id for run in runs] or [client.create_run(ids[0]).info.run_id]
    model_ids = [model.model_id for model in models] or [
        client.create_logged_model(ids[0]).model_id
    ]
    for model_id in model_ids:
        client.delete_logged_model(model_id)
    for experiment in experiments:
        client.delete_experiment(experiment.experiment_id)
    try:
        purge(namespace, experiment_ids=ids, run_ids=run_ids, model_ids=model_ids)
    finally:
        for experiment in experiments:
            prefix = key_prefix(experiment.artifact_location, settings.bucket)
            delete_prefix(s3, settings.bucket, prefix)
