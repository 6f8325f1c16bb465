import os
from pathlib import Path

import pytest

from toolchain import go
from toolchain.programs import Program

PROGRAM = Program(
    name="pause",
    module="pause",
    packages=(".",),
)


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiler that writes down its environment."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    compiler = tmp_path / "go"
    compiler.write_text(f"#!/bin/sh\nenv > {tmp_path}/env\n")
    compiler.chmod(0o755)
    return compiler


def build(compiler: Path, memory: int = 2**30) -> None:
    go.build(compiler, PROGRAM, compiler.parent / "source", compiler.parent / "result", memory)


def test_the_compiler_knows_how_much_memory_there_is(compiler: Path) -> None:
    build(compiler, memory=12345)
    environment = (compiler.parent / "env").read_text().splitlines()
    assert {"GOGC=off", "GOMEMLIMIT=12345"} <= set(environment)


def test_an_old_compiler_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    for version, usable in (("go1.25.9", False), ("go1.26.0", True)):
        (tmp_path / "go").write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / "go").chmod(0o755)
        assert (go.own() is not None) is usable
