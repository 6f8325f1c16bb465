"""The comment on a pull request: what it says, and that there is only ever one."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.ci import recipes

# Answers the question for our comment with OURS, and writes down what it is told to post.
GH = """#!/usr/bin/env python3
import json, os, sys
if "--jq" in sys.argv:
    print(os.environ["OURS"], end="")
else:
    with open(os.environ["POSTED"], "w") as posted:
        json.dump(sys.argv[1:], posted)
"""
MLFLOW, MINIO = "mlflow-server.pr-42.ml.example.com", "mlflow-minio.pr-42.ml.example.com"
HOSTS = f"192.0.2.7 {MLFLOW} {MINIO} # mlplatform pr-42"


def post(directory: Path, *, up: str, down: str, ours: str = "", hosts: str = HOSTS) -> list[str]:
    """Run the recipe's own script against a `gh` that only writes down; return its arguments."""
    program = directory / "gh"
    program.write_text(GH)
    program.chmod(0o755)
    job = recipes.github_jobs(recipes.ROOT / "ci/github-actions/preview.yml")["comment"]
    variables = {
        "PATH": f"{directory}:{os.environ['PATH']}",
        "STACK": "pr-42",
        "CONTEXT": "shared",
        "REPOSITORY": "team/mlplatform",
        "PULL_REQUEST": "42",
        "LOG": "https://github.example/log",
        "UP": up,
        "DOWN": down,
        "HOSTS": hosts if up == "success" else "",
        "OURS": ours,
        "POSTED": str(directory / "posted.json"),
    }
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", job["steps"][0]["run"]]
    subprocess.run(bash, env=variables, check=True, timeout=20)
    return json.loads((directory / "posted.json").read_text())


def test_a_stack_without_a_host_of_minio_is_announced_without_it(tmp_path: Path) -> None:
    line = f"192.0.2.7 {MLFLOW} # mlplatform pr-42"
    body = post(tmp_path, up="success", down="skipped", hosts=line)[-1]
    assert f"MLflow is at http://{MLFLOW}, smoke" in body


def test_a_stack_that_works_is_announced_with_its_addresses(tmp_path: Path) -> None:
    body = post(tmp_path, up="success", down="skipped")[-1]
    assert f"MLflow is at http://{MLFLOW} and MinIO at http://{MINIO}, smoke" in body
    assert HOSTS in body
    assert "make down STACK=pr-42 CONTEXT=shared" in body


def test_a_stack_that_failed_is_announced_with_its_log(tmp_path: Path) -> None:
    body = post(tmp_path, up="failure", down="skipped")[-1]
    assert "[did not pass](https://github.example/log)" in body
    assert "make down STACK=pr-42 CONTEXT=shared" in body


def test_a_stack_that_was_removed_is_said_to_be_gone(tmp_path: Path) -> None:
    body = post(tmp_path, up="skipped", down="success")[-1]
    assert "is gone" in body
    assert "http" not in body


def test_a_stack_that_could_not_be_removed_is_not_said_to_be_gone(tmp_path: Path) -> None:
    body = post(tmp_path, up="skipped", down="failure")[-1]
    assert "[could not be removed](https://github.example/log)" in body
    assert "is gone" not in body


def test_the_first_comment_is_a_new_one(tmp_path: Path) -> None:
    arguments = post(tmp_path, up="success", down="skipped")
    assert "repos/team/mlplatform/issues/42/comments" in arguments
    assert "PATCH" not in arguments


@pytest.mark.parametrize(
    "ours", ["https://api/comments/1", "https://api/comments/1\nhttps://api/2"]
)
def test_the_next_one_replaces_it(tmp_path: Path, ours: str) -> None:
    arguments = post(tmp_path, up="skipped", down="success", ours=ours)
    assert arguments[arguments.index("PATCH") + 1] == "https://api/comments/1"


def test_a_comment_begins_with_the_mark_by_which_it_is_found(tmp_path: Path) -> None:
    for up, down in [("success", "skipped"), ("skipped", "failure")]:
        body = post(tmp_path, up=up, down=down)[-1]
        assert body.startswith("body=<!-- mlplatform preview -->\n")
