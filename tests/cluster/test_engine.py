"""Docker as it is found on machines: a program that answers as one recorded there."""

from pathlib import Path

import pytest

from cluster import engine
from cluster.kind import Kind, kind_of

DENIED = "permission denied while trying to connect to the Docker daemon socket"
STOPPED = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without root on Linux, whose PATH and Minikube are empty."""
    monkeypatch.setenv("MINIKUBE_HOME", str(tmp_path))
    for option in ("PROFILE", "DRIVER", "FORCE", "MEMORY", "PORTS", "NODES"):
        monkeypatch.delenv(f"MINIKUBE_{option}", raising=False)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(engine.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(engine.platform, "system", lambda: "Linux")
    monkeypatch.setattr(engine.platform, "release", lambda: "6.1.0-18-amd64")
    monkeypatch.setattr(engine, "answers", lambda *_: False)
    return tmp_path


def install(home: Path, error: str = "", info: str = "", context: str = "default") -> None:
    """Put a docker on PATH: one that answers, or one that fails with an error."""
    program = home / "docker"
    program.write_text(
        f"""#!/bin/sh
case $1 in
  context) echo "{context}" ;;
  info) echo "{info}" ;;
  *) [ -z "{error}" ] || {{ echo "{error}" >&2; exit 1; }} ;;
esac
"""
    )
    program.chmod(0o755)


def test_a_machine_without_docker_becomes_the_node() -> None:
    assert kind_of(None) is Kind.NODE
    assert engine.problems() == []


def test_a_machine_with_libvirt_alone_needs_a_minikube_that_knows_it(home: Path) -> None:
    for name, printed in (("virsh", ""), ("minikube", "v1.38.1")):
        assert bool(engine.problems()) is (name == "minikube")
        (home / name).write_text(f"#!/bin/sh\necho {printed}\n")
        (home / name).chmod(0o755)
    assert engine.problems() == []
    assert kind_of(None) is Kind.MINIKUBE


def test_a_client_without_an_engine_is_no_docker(home: Path) -> None:
    install(home, error=STOPPED)
    assert kind_of(None) is Kind.NODE


@pytest.mark.parametrize(
    ("error", "context", "todo"),
    [
        (DENIED, "default", "usermod --append --groups docker"),
        (STOPPED, "desktop-linux", "start it"),
    ],
)
def test_a_docker_that_is_closed_or_stopped_is_not_passed_over(
    home: Path, error: str, context: str, todo: str
) -> None:
    install(home, error=error, context=context)
    assert kind_of(None) is Kind.MINIKUBE
    [problem] = engine.problems()
    assert todo in problem


def test_a_stopped_docker_does_not_matter_to_another_driver(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(home, error=STOPPED, context="desktop-linux")
    monkeypatch.setenv("MINIKUBE_DRIVER", "podman")
    assert engine.problems() == []
    assert engine.start_options() == []


def test_root_is_told_what_minikube_wants_before_minikube_ends(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(home)
    monkeypatch.setattr(engine.os, "geteuid", lambda: 0)
    [problem] = engine.problems()
    assert "MINIKUBE_FORCE=true" in problem
    monkeypatch.setenv("MINIKUBE_FORCE", "true")
    assert engine.problems() == []


def test_a_node_that_this_machine_reaches_publishes_nothing(home: Path) -> None:
    install(home, info="Debian GNU/Linux 12 [name=seccomp]")
    assert engine.start_options() == ["--driver=docker", "--memory=no-limit"]


@pytest.mark.parametrize(
    ("system", "release", "info"),
    [
        ("Darwin", "24.1.0", "OrbStack []"),
        ("Linux", "5.15.167.4-microsoft-standard-WSL2", "Ubuntu 24.04 []"),
        ("Linux", "6.8.0", "Docker Desktop [name=seccomp]"),
        ("Linux", "6.8.0", "Ubuntu 24.04 [name=seccomp name=rootless]"),
    ],
)
def test_a_node_that_this_machine_cannot_reach_publishes_its_port(
    system: str, release: str, info: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(home, info=info)
    monkeypatch.setattr(engine.platform, "system", lambda: system)
    monkeypatch.setattr(engine.platform, "release", lambda: release)
    assert "--ports=127.0.0.1:80:80" in engine.start_options()
    monkeypatch.setenv("MINIKUBE_NODES", "2")
    assert "--ports=127.0.0.1:80:80" not in engine.start_options()


@pytest.mark.parametrize("taken", [False, True])
def test_the_port_of_tls_is_published_where_nobody_has_it(
    taken: bool, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(home, info="Docker Desktop []")
    monkeypatch.setattr(engine, "answers", lambda *_: taken)
    assert ("--ports=127.0.0.1:443:443" in engine.start_options()) is not taken


def test_what_the_user_chose_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(home, info="Docker Desktop []")
    monkeypatch.setenv("MINIKUBE_MEMORY", "6g")
    monkeypatch.setenv("MINIKUBE_PORTS", "80:80")
    assert engine.start_options() == ["--driver=docker"]


def test_a_port_that_cannot_be_published_is_a_problem(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(home, info="Ubuntu [name=rootless]")
    limit = home / "ip_unprivileged_port_start"
    limit.write_text("1024\n")
    monkeypatch.setattr(engine, "UNPRIVILEGED_PORTS", limit)
    monkeypatch.setattr(engine, "answers", lambda *_: True)
    assert len(engine.problems()) == 2
    limit.write_text("80\n")
    [problem] = engine.problems()
    assert "another program has port 80" in problem


def test_containers_and_volumes_of_a_profile_are_found(home: Path) -> None:
    (home / "docker").write_text("#!/bin/sh\necho minikube\n")
    (home / "docker").chmod(0o755)
    assert engine.containers("minikube") == [
        "container minikube of docker",
        "volume minikube of docker",
    ]
