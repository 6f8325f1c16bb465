import dataclasses
import threading
from pathlib import Path

import pytest

from toolchain import build
from toolchain.process import Failed
from toolchain.programs import Program

PROGRAM = Program(name="pause", module="pause", packages=(".",))


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    # Machines without a Go compiler fetch one first.
    monkeypatch.setattr(build.go, "own", lambda: tmp_path / "go")


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replaces the compiler by one that counts, one program at a time."""
    monkeypatch.setattr(build, "_at_once", lambda: 1)
    made: list[str] = []

    def count(program: Program, _source: Path, result: Path) -> None:
        made.append(program.name)
        (result / "bin").mkdir(parents=True)

    monkeypatch.setattr(build, "_compile", count)
    return made


def test_what_is_built_is_not_built_again(builds: list[str]) -> None:
    build.ensure([PROGRAM])
    build.ensure([PROGRAM])
    assert builds == ["pause"]


def test_two_builds_at_once_make_one_program(monkeypatch: pytest.MonkeyPatch) -> None:
    builds: list[str] = []
    another_waits = threading.Event()

    def compile_until_another_waits(program: Program, _source: Path, result: Path) -> None:
        assert another_waits.wait(timeout=10)
        builds.append(program.name)
        (result / "bin").mkdir(parents=True)

    monkeypatch.setattr(build, "_compile", compile_until_another_waits)
    monkeypatch.setattr(
        build, "say", lambda text: another_waits.set() if "another build" in text else None
    )
    threads = [threading.Thread(target=build.ensure, args=([PROGRAM],)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert builds == ["pause"]
    assert (build.directory(PROGRAM) / "bin").is_dir()


def test_what_changes_a_program_makes_another_of_it_and_its_weight_does_not() -> None:
    stamped = dataclasses.replace(PROGRAM, stamps={"a.b": "1"})
    changed = dataclasses.replace(PROGRAM, changed=(("a", "b.go", ""),))
    heavier = dataclasses.replace(PROGRAM, processor_s=1000)
    assert len({build.directory(program) for program in (PROGRAM, stamped, changed)}) == 3
    assert build.directory(heavier) == build.directory(PROGRAM)


def test_the_heaviest_is_built_first(builds: list[str]) -> None:
    light = dataclasses.replace(PROGRAM, name="light", processor_s=1)
    heavy = dataclasses.replace(PROGRAM, name="heavy", processor_s=9)
    build.ensure([light, heavy])
    assert builds == ["heavy", "light"]


def test_a_build_that_was_killed_leaves_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(_program: Program, _source: Path, result: Path) -> None:
        (result / "bin").mkdir(parents=True)
        raise Failed("a build", "a signal", "again")

    monkeypatch.setattr(build, "_compile", die)
    with pytest.raises(Failed, match="a signal"):
        build.ensure([PROGRAM])
    assert not build.directory(PROGRAM).exists()


def test_what_a_killed_build_left_behind_is_cleared(builds: list[str]) -> None:
    abandoned = build.directory(PROGRAM).with_name(build.directory(PROGRAM).name + ".killed")
    abandoned.mkdir(parents=True)
    build.ensure([PROGRAM])
    assert not abandoned.exists()
    assert builds == ["pause"]


def test_a_failed_build_keeps_the_compiler_cache_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(_program: Program, _source: Path, _result: Path) -> None:
        raise Failed("a build", "no network", "again")

    monkeypatch.setattr(build, "_compile", die)
    half = build.cache_directory() / "go/build/half"
    half.mkdir(parents=True)
    with pytest.raises(Failed):
        build.ensure([PROGRAM])
    assert half.exists()
