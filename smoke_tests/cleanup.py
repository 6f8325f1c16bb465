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
        lambda: _remove_prompts(client, label),
        lambda: _remove_datasets(client, label),
        lambda: _remove_webhooks(client, label),
        lambda: _remove_mcp_servers(client, label),
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


def _remove_prompts(client: MlflowClient, label: str) -> None:
    for prompt in client.search_prompts(f"name LIKE '{label}%'"):
        client.delete_prompt(prompt.name)


def _remove_datasets(client: MlflowClient, label: str) -> None:
    for dataset in client.search_datasets(filter_string=f"name LIKE '{label}%'"):
        client.delete_dataset(dataset.dataset_id)


def _remove_webhooks(client: MlflowClient, label: str) -> None:
    for webhook in client.list_webhooks():
        if webhook.name.startswith(label):
            client.delete_webhook(webhook.webhook_id)


def _remove_mcp_servers(client: MlflowClient, label: str) -> None:
    for server in client.search_mcp_servers():
        if server.name.endswith(f"/{label}"):
            client.delete_mcp_server(server.name)


def _remove_experiments(
    client: MlflowClient, settings: Settings, namespace: Namespace, s3: BaseClient, label: str
) -> None:
    experiments = client.search_experiments(ViewType.ALL, filter_string=f"name LIKE '{label}%'")
    try:
        purge(namespace, label)
    finally:
        for experiment in experiments:
            prefix = key_prefix(experiment.artifact_location, settings.bucket)
            delete_prefix(s3, settings.bucket, prefix)
