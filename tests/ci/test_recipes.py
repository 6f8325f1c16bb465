"""What can be known of the recipes without the platforms that run them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.ci import recipes

TARGETS = set(re.findall(r"^([a-z-]+):", (recipes.ROOT / "Makefile").read_text(), re.MULTILINE))
# Of what an event carries, these are numbers, names of events, or set by those who may push.
TRUSTED = {
    "github.event.action",
    "github.event.number",
    "github.event.pull_request.base.ref",
    "github.event.pull_request.head.repo.full_name",
}
SCHEMAS = {"vendor.github-workflows": recipes.GITHUB, "vendor.gitlab-ci": recipes.GITLAB}


def name_of(file: Path) -> str:
    return file.name


github = pytest.mark.parametrize("file", recipes.GITHUB, ids=name_of)
gitlab = pytest.mark.parametrize("file", recipes.GITLAB, ids=name_of)
every_script = pytest.mark.parametrize(
    "script", recipes.scripts().values(), ids=list(recipes.scripts())
)


def test_there_are_recipes_for_both_platforms() -> None:
    assert {file.name for file in recipes.GITHUB} == {
        "minikube.yml",
        "nightly-reap.yml",
        "preview.yml",
    }
    assert {file.name for file in recipes.GITLAB} == {".gitlab-ci.yml", "minikube.gitlab-ci.yml"}


@pytest.mark.parametrize(("schema", "files"), SCHEMAS.items(), ids=list(SCHEMAS))
def test_the_platforms_schema_accepts_the_recipes(schema: str, files: list[Path]) -> None:
    command = ["check-jsonschema", f"--builtin-schema={schema}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@every_script
def test_every_target_of_make_exists(script: str) -> None:
    named = re.findall(r"\bmake (?:-s |-C \S+ )?([a-z][a-z-]*)", script)
    assert set(named) <= TARGETS


def test_every_recipe_that_makes_a_stack_removes_it_too() -> None:
    together = "\n".join(recipes.scripts().values())
    for target in ("up", "down", "reap", "list", "hosts"):
        assert re.search(rf"\bmake (-\S+ )*{target}\b", together), target
    for file in [*recipes.GITHUB, *recipes.GITLAB]:
        own = "\n".join(script for name, script in recipes.scripts().items() if file.name in name)
        assert ("make up" in own) == bool(re.search(r"make (-C trunk )?down", own)), file.name


@every_script
def test_shellcheck_finds_nothing_in_a_script(script: str) -> None:
    command = ["shellcheck", "--shell=bash", "-"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


@github
def test_a_script_holds_no_expression(file: Path) -> None:
    """Whoever opens a pull request could write a command into it; variables are never parsed."""
    for step in recipes.github_steps(file):
        assert "${{" not in step.get("run", "")


@github
def test_of_an_event_only_what_nobody_can_choose_is_used(file: Path) -> None:
    used = re.findall(r"github\.(?:event\.[\w.]+|head_ref)", file.read_text())
    assert set(used) <= TRUSTED


@github
def test_secrets_are_given_to_single_steps_as_variables(file: Path) -> None:
    for path, text in recipes.texts(recipes.load(file)):
        if "secrets." in text or "github.token" in text:
            assert path[0] == "jobs"
            assert path[-2] == "env"
            assert "steps" in path


@github
def test_a_secret_of_this_repository_is_for_its_own_branches(file: Path) -> None:
    if "pull_request" not in recipes.load(file)[True]:  # YAML 1.1 reads `on` as true
        return
    for job in recipes.github_jobs(file).values():
        if any("secrets." in text for _, text in recipes.texts(job)):
            assert "head.repo.full_name == github.repository" in job["if"]


@github
def test_no_workflow_runs_strangers_code_with_the_rights_of_this_repository(file: Path) -> None:
    assert "pull_request_target" not in file.read_text()


@github
def test_every_action_is_pinned_to_a_commit_and_names_its_release(file: Path) -> None:
    uses = re.findall(r"uses: (.*)", file.read_text())
    assert uses
    for use in uses:
        assert re.fullmatch(r"[\w-]+(/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use), use


@github
def test_what_was_built_is_kept_whatever_fails_later(file: Path) -> None:
    for job in recipes.github_jobs(file).values():
        done = [step.get("uses", step.get("run", "")).partition("@")[0] for step in job["steps"]]
        assert "actions/cache" not in done  # saves only where the whole job has succeeded
        if "make up" in "\n".join(done):
            order = ["actions/cache/restore", "make toolchain", "actions/cache/save"]
            assert sorted(order, key=done.index) == order


@gitlab
def test_what_a_failed_job_has_built_is_kept(file: Path) -> None:
    holders = [recipes.load(file).get("default", {}), *recipes.gitlab_jobs(file).values()]
    caches = [holder["cache"] for holder in holders if "cache" in holder]
    assert [cache["when"] for cache in caches] == ["always"]


@github
def test_the_token_can_do_little(file: Path) -> None:
    workflow = recipes.load(file)
    granted = [workflow["permissions"]]
    granted += [job["permissions"] for job in workflow["jobs"].values() if "permissions" in job]
    assert set().union(*(set(grant.items()) for grant in granted)) <= {
        ("contents", "read"),
        ("pull-requests", "write"),
    }


@github
def test_a_job_that_may_write_runs_no_code_of_the_pull_request(file: Path) -> None:
    for job in recipes.github_jobs(file).values():
        if "write" in job.get("permissions", {}).values():
            assert all("uses" not in step for step in job["steps"])
            assert all("make" not in step["run"].split() for step in job["steps"])


@github
def test_a_checkout_keeps_no_token(file: Path) -> None:
    for step in recipes.github_steps(file):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@github
def test_every_job_ends_some_time(file: Path) -> None:
    assert all("timeout-minutes" in job for job in recipes.github_jobs(file).values())


@github
def test_a_destroy_on_a_shared_cluster_is_never_cancelled(file: Path) -> None:
    shared = "KUBECONFIG" in file.read_text()
    assert recipes.load(file)["concurrency"]["cancel-in-progress"] is not shared


def test_a_stack_is_changed_by_one_workflow_at_a_time() -> None:
    preview = recipes.load(recipes.ROOT / "ci/github-actions/preview.yml")
    assert preview["concurrency"]["group"].endswith(preview["env"]["STACK"])


def test_a_merge_requests_stack_is_changed_by_one_job_at_a_time() -> None:
    jobs = recipes.gitlab_jobs(recipes.ROOT / "ci/gitlab/.gitlab-ci.yml")
    up, down = jobs["up"], jobs["down"]
    assert up["resource_group"] == down["resource_group"] == up["variables"]["STACK"]
    assert down["variables"]["STACK"] == up["variables"]["STACK"]


def test_gitlab_stops_the_environment_that_it_started() -> None:
    jobs = recipes.gitlab_jobs(recipes.ROOT / "ci/gitlab/.gitlab-ci.yml")
    started, stopped = jobs["up"]["environment"], jobs["down"]["environment"]
    assert started["on_stop"] == "down"
    assert stopped == {"name": started["name"], "action": "stop"}
    assert "auto_stop_in" in started


@gitlab
def test_every_image_has_an_exact_version(file: Path) -> None:
    recipe = recipes.load(file)
    images = [text for path, text in recipes.texts(recipe) if path[-1] in ("image", "services")]
    assert images
    for image in images:
        assert re.fullmatch(r"[a-z/]+:\d+\.\d+\.\d+-[a-z]+", image), image


def test_what_survives_a_lost_job_expires() -> None:
    preview = (recipes.ROOT / "ci/github-actions/preview.yml").read_text()
    gitlab_up = recipes.gitlab_jobs(recipes.ROOT / "ci/gitlab/.gitlab-ci.yml")["up"]
    assert "TTL: 3d" in preview
    assert gitlab_up["variables"]["TTL"] == "3d"


@pytest.mark.parametrize("name", ["KUBECONFIG", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"])
def test_the_readme_says_what_must_be_set(name: str) -> None:
    assert name in (recipes.ROOT / "ci/README.md").read_text()


def test_the_readme_names_every_setting_that_the_recipes_read() -> None:
    readme = (recipes.ROOT / "ci/README.md").read_text()
    for file in recipes.GITHUB:
        for name in re.findall(r"\b(?:secrets|vars)\.(\w+)", file.read_text()):
            assert f"`{name}`" in readme, name
