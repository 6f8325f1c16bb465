"""Prompts: versions, aliases, tags, and where they are used."""

from __future__ import annotations

import json

from mlflow import genai
from mlflow.tracking import MlflowClient


def test_a_prompt_has_versions_aliases_and_tags(client: MlflowClient, label: str) -> None:
    name = f"{label}-pairing"
    first = genai.register_prompt(name, "What goes with {{ wine }}?", tags={"by": label})
    chat = [{"role": "user", "content": "Pair {{ wine }} with {{ dish }}."}]
    second = genai.register_prompt(name, chat, commit_message="ask for a dish")
    assert (first.version, second.version) == (1, 2)

    genai.set_prompt_alias(name, "production", 1)
    chosen = genai.load_prompt(f"prompts:/{name}@production")
    assert chosen.format(wine="Riesling") == "What goes with Riesling?"
    assert genai.load_prompt(f"prompts:/{name}/2").template == chat
    genai.set_prompt_version_tag(name, 2, "tested", "yes")
    tested = client.get_prompt_version(name, "2")
    assert tested is not None
    assert tested.tags["tested"] == "yes"

    assert [found.name for found in genai.search_prompts(f"name LIKE '{label}%'")] == [name]
    assert len(client.search_prompt_versions(name)) == 2
    client.delete_prompt_version(name, "2")
    assert len(client.search_prompt_versions(name)) == 1


def test_a_run_remembers_the_prompt_that_it_used(
    client: MlflowClient, experiment_id: str, label: str
) -> None:
    prompt = genai.register_prompt(f"{label}-used", "Describe {{ wine }}.")
    run_id = client.create_run(experiment_id).info.run_id
    client.link_prompt_version_to_run(run_id, prompt)
    linked = json.loads(client.get_run(run_id).data.tags["mlflow.linkedPrompts"])
    assert linked == [{"name": prompt.name, "version": str(prompt.version)}]
