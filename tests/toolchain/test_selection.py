import os
from pathlib import Path

import pytest

from toolchain import build, programs, selection


@pytest.fixture(autouse=True)
def bin_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def put(directory: Path, name: str, printed: str) -> None:
    command = directory / name
    command.write_text(f"#!/bin/sh\necho '{printed}'\n")
    command.chmod(0o755)


def test_an_empty_machine_gets_everything() -> None:
    wanted = [*programs.PULUMI, *programs.NODE, programs.MINIKUBE, programs.TRAEFIK]
    lacking = selection.lacking(minikube=True, node=True)
    assert all(program in lacking for program in (*wanted, programs.KUBECTL))


@pytest.mark.parametrize(("version", "usable"), [("v3.259.0", True), ("v3.100.0", False)])
def test_an_installed_pulumi_is_used_if_it_is_new_enough(
    bin_directory: Path, version: str, usable: bool
) -> None:
    put(bin_directory, "pulumi", version)
    lacking = selection.lacking(minikube=False, node=False)
    assert (programs.PULUMI[0] not in lacking) is usable


def test_an_unreadable_version_is_not_trusted(bin_directory: Path) -> None:
    put(bin_directory, "minikube", "next")
    assert programs.MINIKUBE in selection.lacking(minikube=True, node=False)


def test_a_machine_with_its_own_tools_builds_only_what_runs_in_the_cluster(
    bin_directory: Path,
) -> None:
    put(bin_directory, "pulumi", "v3.260.1")
    put(bin_directory, "kubectl", "Client Version: v1.34.2")
    put(bin_directory, "minikube", "v1.38.1")
    assert selection.lacking(minikube=True, node=False) == [programs.TRAEFIK]


def test_before_a_tool_is_built_a_person_learns_how_to_get_it_ready_made(
    bin_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(bin_directory, "pulumi", "v3.100.0")
    put(bin_directory, "minikube", "v1.38.1")
    selection.explain(selection.lacking(minikube=True, node=False))
    told = capsys.readouterr().err
    assert f"pulumi: 3.100.0 at {bin_directory}/pulumi, and 3.259.0 or newer is needed" in told
    assert "get.pulumi.com" in told
    assert "kubectl: none, and 1.30.0 or newer is needed" in told
    assert "minikube" not in told


def test_tools_that_are_built_already_are_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    lacking = selection.lacking(minikube=True, node=False)
    for program in lacking:
        build.directory(program).mkdir(parents=True)
    selection.explain(lacking)
    assert capsys.readouterr().err == ""


def test_a_program_in_the_cache_is_not_taken_for_the_machines_own(bin_directory: Path) -> None:
    cached = bin_directory / "cache/mlplatform/programs/pulumi-1/bin"
    cached.mkdir(parents=True)
    put(cached, "pulumi", "v3.259.0")
    os.environ["PATH"] = f"{cached}:{os.environ['PATH']}"
    assert not selection.PULUMI.usable()


def test_built_programs_come_before_others_and_the_provider_is_not_on_path(
    bin_directory: Path,
) -> None:
    selection.activate([*programs.PULUMI])
    path = os.environ["PATH"].split(os.pathsep)
    assert path[0].startswith(str(bin_directory / "cache"))
    assert not any("pulumi-resource-kubernetes" in place for place in path)
