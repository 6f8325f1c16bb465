"""When a Minikube that is there has to be started again, and that no other than ours is deleted."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cluster import lifecycle, profiles
from cluster.bare import node
from cluster.record import Record
from toolchain.process import Failed

MINIKUBE = "k8s.io/minikube-hostpath"
RUNNING = dict.fromkeys(("Host", "Kubelet", "APIServer"), "Running")
WORKER = RUNNING | {"APIServer": "Irrelevant"}


def storage_class(provisioner: str) -> dict[str, Any]:
    annotations = {lifecycle.DEFAULT_CLASS: "true"}
    return {"metadata": {"annotations": annotations}, "provisioner": provisioner}


@pytest.fixture
def objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """A cluster that runs and answers; its objects by kind."""
    monkeypatch.setenv("MINIKUBE_HOME", str(tmp_path))
    profiles.mark("minikube")
    monkeypatch.setattr(lifecycle, "run", lambda *_, **__: json.dumps(RUNNING))
    monkeypatch.setattr(lifecycle, "kubectl", lambda *_, **__: "ok")
    found: dict[str, list[dict[str, Any]]] = {
        "storageclass": [storage_class(MINIKUBE)],
        "pod": [{"status": {"phase": "Running"}}],
    }
    monkeypatch.setattr(lifecycle, "get", lambda _context, kind, *_: found[kind])
    return found


def test_a_cluster_that_runs_is_left_alone(objects: dict[str, list[dict[str, Any]]]) -> None:
    assert objects["pod"]
    assert lifecycle._runs("minikube")


@pytest.mark.usefixtures("objects")
@pytest.mark.parametrize(
    ("status", "runs"),
    [([RUNNING, WORKER], True), ([RUNNING, WORKER | {"Kubelet": "Stopped"}], False)],
)
def test_a_minikube_of_two_nodes_runs_if_both_do(
    status: list[dict[str, str]], runs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "run", lambda *_, **__: json.dumps(status))
    assert lifecycle._runs("minikube") is runs


def test_a_minikube_that_lost_its_provisioner_is_started_again(
    objects: dict[str, list[dict[str, Any]]],
) -> None:
    objects["pod"] = []
    assert not lifecycle._runs("minikube")


def test_another_provisioner_than_minikubes_is_its_owners_affair(
    objects: dict[str, list[dict[str, Any]]],
) -> None:
    objects["pod"] = []
    objects["storageclass"] = [storage_class("hostpath.csi.k8s.io")]
    assert lifecycle._runs("minikube")


def test_a_cluster_that_was_never_made_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIKUBE_HOME", str(tmp_path))
    assert not lifecycle._runs("minikube")


@pytest.mark.parametrize(
    ("profile", "contexts"), [("minikube", "other\n"), ("other", "minikube\n")]
)
def test_a_stopped_minikube_still_exists_though_its_context_is_gone(
    profile: str, contexts: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIKUBE_HOME", str(tmp_path))
    profiles.mark(profile)
    monkeypatch.setattr(lifecycle, "run", lambda *_, **__: contexts)
    assert lifecycle.exists("minikube")
    assert not lifecycle.exists("mini")


PROGRAM = """#!{python}
import os, pathlib, shutil, sys
arguments = dict(word.split("=") for word in sys.argv[2:] if "=" in word)
home = pathlib.Path(os.environ["MINIKUBE_HOME"])
home = home if home.name == ".minikube" else home / ".minikube"
profile = home / "profiles" / arguments["--profile"]
if sys.argv[1] == "delete":
    shutil.rmtree(profile)
elif sys.argv[1] == "start" and "FAILS" not in os.environ:
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "config.json").write_text('{{"Driver": "docker", "Nodes": [{{"IP": "192.0.2.7"}}]}}')
else:
    sys.exit(1)
"""
"""A Minikube that never runs: it only has profiles, where the real one would have them."""


@pytest.fixture(params=["", ".minikube"])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What MINIKUBE_HOME says, in both its forms, to a user with nothing but a Minikube."""
    for name in ("MINIKUBE_PROFILE", "DOCKER_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MINIKUBE_HOME", str(tmp_path / request.param))
    monkeypatch.setenv("MINIKUBE_DRIVER", "docker")
    monkeypatch.setenv("MINIKUBE_FORCE", "true")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PATH", str(tmp_path))
    write_program(tmp_path / "minikube", PROGRAM.format(python=sys.executable))
    monkeypatch.setattr(lifecycle, "_check_storage_class", lambda _: None)
    monkeypatch.setattr(lifecycle.ingress, "install", lambda *_: None)
    monkeypatch.setattr(lifecycle.kube_proxy, "hurry", lambda _: None)
    return tmp_path


def write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def start(profile: str = "minikube") -> None:
    subprocess.run(["minikube", "start", f"--profile={profile}"], check=True, timeout=20)


def profile_names(home: Path) -> set[str]:
    return {path.name for path in (home / ".minikube/profiles").glob("*")}


def test_a_minikube_of_our_own_is_deleted(home: Path) -> None:
    lifecycle.up(None)
    assert profile_names(home) == {"minikube"}
    assert lifecycle.down(None)
    assert profile_names(home) == set()


def test_a_minikube_of_the_users_own_stays_though_it_was_started_by_us(
    home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start()
    monkeypatch.setattr(lifecycle.kube_proxy, "hurry", pytest.fail)
    lifecycle.up(None)
    assert not lifecycle.down(None)
    assert profile_names(home) == {"minikube"}
    assert "minikube delete --profile=minikube" in capfd.readouterr().err


def test_a_minikube_that_the_user_made_in_the_place_of_ours_stays(home: Path) -> None:
    lifecycle.up(None)
    subprocess.run(["minikube", "delete", "--profile=minikube"], check=True, timeout=20)
    start()
    lifecycle.down(None)
    assert profile_names(home) == {"minikube"}


def test_each_profile_is_known_by_itself(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start("theirs")
    for name in ("first", "second", "theirs"):
        monkeypatch.setenv("MINIKUBE_PROFILE", name)
        lifecycle.up(None)
    for name in ("theirs", "second"):
        monkeypatch.setenv("MINIKUBE_PROFILE", name)
        lifecycle.down(None)
    assert profile_names(home) == {"theirs", "first"}


def test_what_a_failed_start_left_is_deleted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILS", "yes")
    with pytest.raises(Failed):
        lifecycle.up(None)
    assert profile_names(home) == {"minikube"}
    lifecycle.down(None)
    assert profile_names(home) == set()


def test_no_minikube_is_made_over_one_of_another_home(home: Path) -> None:
    write_program(home / "docker", '#!/bin/sh\n[ "$1" = ps ] && echo minikube\nexit 0\n')
    with pytest.raises(Failed, match="container minikube of docker"):
        lifecycle.up(None)
    assert profile_names(home) == set()


def test_a_machine_stays_the_node_of_a_minikube_that_stays(home: Path) -> None:
    start()
    Record("host").replace("profile", str(home / ".minikube/profiles/minikube"))
    lifecycle.down(None)
    assert Record("host").exists()


@pytest.mark.usefixtures("home")
def test_a_machine_is_the_node_of_one_minikube_only(monkeypatch: pytest.MonkeyPatch) -> None:
    start("first")
    Record("host").replace("profile", str(profiles.directory("first")))
    monkeypatch.setenv("MINIKUBE_PROFILE", "second")
    [problem] = node.problems()
    assert f"it is the node of the Minikube in {profiles.directory('first')}" in problem


def test_a_machine_that_cannot_have_a_cluster_is_refused_with_all_its_problems(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle.engine, "problems", lambda: ["no group", "no port"])
    for refused in (lifecycle.check, lifecycle.up):
        with pytest.raises(Failed, match=r"no group; no port(.|\n)*nothing was changed"):
            refused(None)
    assert profile_names(home) == set()


@pytest.mark.parametrize(
    ("needs", "missing"),
    [
        ({}, "a default StorageClass"),
        ({"needs_default_class": False}, "an ingress controller"),
        ({"needs_default_class": False, "ingress_class": None}, None),
    ],
)
def test_a_named_cluster_must_have_what_the_stack_needs_and_no_more(
    monkeypatch: pytest.MonkeyPatch, needs: dict[str, Any], missing: str | None
) -> None:
    monkeypatch.setattr(lifecycle, "exists", lambda _: True)
    monkeypatch.setattr(lifecycle, "kubectl", lambda *_, **__: "yes")
    monkeypatch.setattr(lifecycle, "get", lambda *_: [])
    if missing is None:
        assert lifecycle.up("team", **needs) == "team"
        return
    with pytest.raises(Failed, match=missing):
        lifecycle.up("team", **needs)


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        ("exit 0", None),
        ('[ "$1" != config ] || echo other', "the kubeconfig has other"),
        ('case "$*" in *readyz*) exit 1; esac', "an answer from the cluster of context team"),
        ('case "$*" in *can-i*) echo no; exit 1; esac', "bound to ci/cluster-role.yaml"),
    ],
)
def test_who_may_not_deploy_to_a_cluster_is_told_before_the_long_work(
    cluster: str, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    lifecycle.check("team")  # Without kubectl there is nothing to ask with yet.
    answer = cluster if "config" in cluster else f'[ "$1" != config ] || echo team\n{cluster}'
    write_program(tmp_path / "kubectl", f"#!/bin/sh\n{answer}\n")
    if said is None:
        lifecycle.check("team")
        return
    with pytest.raises(Failed, match=said):
        lifecycle.check("team")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("given", ["", "intranet,"])
def test_no_proxy_is_asked_for_a_minikube_that_was_just_made(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", given.rstrip(","))
    lifecycle.up(None)
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == f"{given}192.0.2.7"


def test_a_stack_of_another_class_gets_no_ingress_controller_of_ours(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    monkeypatch.setattr(lifecycle.ingress, "install", lambda _, name: installed.append(name))
    for ingress_class in ("nginx", None):
        lifecycle.up(None, ingress_class=ingress_class)
    assert installed == []
    lifecycle.up(None)
    assert installed == ["minikube"]
    assert profile_names(home) == {"minikube"}


def test_the_names_that_minikube_gave_the_machine_go_and_no_others(tmp_path: Path) -> None:
    own = "127.0.0.1 localhost\n192.0.2.1 minikube.internal.example\n"
    hosts = tmp_path / "hosts"
    hosts.write_text(f"{own}127.0.0.1\thost.minikube.internal\n")
    node._remove_aliases(hosts)
    assert hosts.read_text() == own
