from pathlib import Path

import pytest

from toolchain import virtual_environment
from toolchain.process import Failed


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An empty cache, and a pip that writes down what it is to install."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (virtual_environment.directory()).mkdir(parents=True)
    (virtual_environment.directory() / "made").touch()
    calls: list[str] = []
    monkeypatch.setattr(
        virtual_environment, "install", lambda arguments: calls.append(Path(arguments[-1]).name)
    )
    return calls


def test_a_stack_needs_no_tools_of_development(installed: list[str]) -> None:
    virtual_environment.ensure()
    virtual_environment.ensure()
    assert installed == ["requirements.lock"]
    assert virtual_environment.complete()


def test_the_checks_add_theirs_to_the_same_environment(installed: list[str]) -> None:
    virtual_environment.ensure()
    virtual_environment.ensure(development=True)
    assert installed == ["requirements.lock", "requirements-dev.lock"]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_checkout_with_other_packages_has_an_environment_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shared = virtual_environment.directory()
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / lock).write_text("one==1.0")
    monkeypatch.setattr(virtual_environment, "ROOT", tmp_path)
    own = virtual_environment.directory()
    (tmp_path / name).write_text("one==2.0")
    assert len({shared, own, virtual_environment.directory()}) == 3


def test_what_pip_could_not_finish_is_tried_again(
    installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise Failed("packages", "no network", "again")

    with monkeypatch.context() as broken:
        broken.setattr(virtual_environment, "install", fail)
        with pytest.raises(Failed):
            virtual_environment.ensure()
    assert not virtual_environment.complete()
    virtual_environment.ensure()
    assert installed == ["requirements.lock"]


def test_a_python_without_venv_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    (virtual_environment.directory() / "made").unlink()
    monkeypatch.setattr(virtual_environment.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(Failed, match="python3-venv"):
        virtual_environment.create()
