"""What a stack needs is prepared in order, and side by side where that is quicker."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.kind import Kind
from front_door import deployment
from front_door.phases import Phases
from front_door.request import Request
from toolchain import programs
from toolchain.process import Failed

REQUEST = Request("dev", None)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A cold machine whose steps are written down instead of taken."""
    done: list[str] = []

    def note(step: str) -> Callable[..., None]:
        return lambda *_, **__: done.append(step)

    for kind in ("kind", "image_registry", "needs_default_class", "ingress_class"):
        monkeypatch.setattr(Request, kind, Kind.NODE if kind == "kind" else None)
    monkeypatch.setattr(deployment.lifecycle, "check", note("check"))
    monkeypatch.setattr(deployment, "check_builder", note("builder"))
    monkeypatch.setattr(deployment, "toolchain", note("toolchain"))
    monkeypatch.setattr(deployment, "programs_needed", lambda *_: [programs.MINIO])
    monkeypatch.setattr(deployment.host, "install_packages", note("packages"))
    monkeypatch.setattr(deployment, "build_ahead", note("images ahead"))
    monkeypatch.setattr(deployment.lifecycle, "up", note("cluster"))
    monkeypatch.setattr(deployment, "deliver", note("images"))
    return done


def test_images_are_built_while_the_compilers_run(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = threading.Event()
    monkeypatch.setattr(deployment, "build_ahead", lambda *_: ahead.set())

    def compile_until_images_are_built(*_: object, **__: object) -> None:
        assert ahead.wait(timeout=10)

    monkeypatch.setattr(deployment, "toolchain", compile_until_images_are_built)
    deployment.prepare(REQUEST, Phases(3))
    assert done[-2:] == ["cluster", "images"]


def test_where_nothing_is_compiled_nothing_is_built_ahead(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "programs_needed", lambda *_: [])
    deployment.prepare(REQUEST, Phases(3))
    assert done == ["check", "builder", "toolchain", "cluster", "images"]


def test_an_engine_of_the_users_own_needs_no_packages(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Request, "kind", Kind.MINIKUBE)
    deployment.prepare(REQUEST, Phases(3))
    assert "packages" not in done
    assert "images ahead" in done


def test_an_image_that_cannot_be_built_ends_it_before_there_is_a_cluster(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: str | None) -> None:
        raise Failed("an image", "no network", "again")

    monkeypatch.setattr(deployment, "build_ahead", fail)
    with pytest.raises(Failed, match="an image"):
        deployment.prepare(REQUEST, Phases(3))
    assert "cluster" not in done


def test_a_checkout_that_cannot_hold_a_new_stacks_settings_is_refused_first(
    done: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "ROOT", tmp_path)
    monkeypatch.setattr(deployment.os, "access", lambda *_: False)
    with pytest.raises(Failed, match=r"Pulumi\.dev\.yaml"):
        deployment.prepare(REQUEST, Phases(3))
    assert done == []
    (tmp_path / "Pulumi.dev.yaml").touch()
    deployment.prepare(REQUEST, Phases(3))
    assert done[-1] == "images"
