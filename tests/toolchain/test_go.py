import dataclasses
import os
import re
from pathlib import Path

import pytest

from toolchain import go, programs
from toolchain.programs import Program

PROGRAM = Program(name="pause", module="pause", packages=(".",))
MODULE = "example.com/module"
OF_THE_CLUSTER = (
    "kubernetes",
    "minikube",
    "storage-provisioner",
    "coredns",
    "crictl",
    "etcd",
    "kube-router",
)
SHARED = re.compile(
    r"\s((?:golang\.org/x/(?:net|sys|text|term|time|crypto|oauth2)|google\.golang\.org/(?:grpc|protobuf)"
    r"|go\.opentelemetry\.io/otel(?:/\w+)?|github\.com/prometheus/\w+"
    r"|k8s\.io/(?:api|apimachinery|client-go|component-base|kubectl|utils|kube-openapi))) (v\S+)"
)
"""What takes longest to compile of what several programs have."""


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiler that writes down its calls and its environment, and finds one module."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    module = tmp_path / MODULE
    module.mkdir(parents=True)
    (module / "kept.go").write_text("upstream's")
    (module / "changed.go").write_text("upstream's")
    compiler = tmp_path / "go"
    compiler.write_text(
        f'#!/bin/sh\nenv > {tmp_path}/environment\necho "$@" >> {tmp_path}/calls\n'
        f'if [ "$1" = list ]; then echo {tmp_path}/$5; fi\n'
    )
    compiler.chmod(0o755)
    return compiler


def build(compiler: Path, program: Program, memory: int = 2**30) -> Path:
    """Compile the program; returns the directory that it was compiled in."""
    source = compiler.parent / "source"
    go.build(compiler, program, source, compiler.parent / "result", memory)
    return source


@pytest.mark.parametrize("ours", ["main.go", ""])
def test_a_file_of_a_module_is_changed_in_a_copy(compiler: Path, ours: str) -> None:
    program = dataclasses.replace(PROGRAM, changed=((MODULE, "changed.go", ours),))
    copy = build(compiler, program) / "changed" / MODULE
    assert (copy / "kept.go").read_text() == "upstream's"
    assert (copy / "changed.go").exists() is bool(ours)
    if ours:
        assert "package main" in (copy / "changed.go").read_text()
    assert (compiler.parent / MODULE / "changed.go").read_text() == "upstream's"
    calls = (compiler.parent / "calls").read_text().splitlines()
    replaced = calls.index(f"mod edit -replace={MODULE}={copy}")
    assert calls[replaced + 1].startswith("build ")


def test_the_compiler_needs_no_c_and_knows_how_much_memory_there_is(compiler: Path) -> None:
    build(compiler, PROGRAM, memory=12345)
    environment = (compiler.parent / "environment").read_text().splitlines()
    assert {"CGO_ENABLED=0", "GOGC=off", "GOMEMLIMIT=12345"} <= set(environment)


def test_what_is_changed_is_of_a_pinned_module() -> None:
    for program in (*programs.PULUMI, *programs.NODE, programs.MINIKUBE, programs.MINIO):
        folder = programs.MODULES / program.module
        for module, _, ours in program.changed:
            assert f"{module} v" in (folder / "go.mod").read_text()
            assert not ours or (folder / ours).exists()


def test_the_programs_of_the_cluster_agree_on_what_they_share() -> None:
    """Else it is compiled once for each."""
    versions: dict[str, set[str]] = {}
    for name in OF_THE_CLUSTER:
        for module, version in SHARED.findall((programs.MODULES / name / "go.mod").read_text()):
            # crictl 1.34 does not compile with the libraries of Kubernetes 1.35.
            if not (name == "crictl" and module.startswith("k8s.io/")):
                versions.setdefault(module, set()).add(version)
    assert len(versions) > 10
    assert {module: found for module, found in versions.items() if len(found) > 1} == {}


def test_an_old_compiler_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    for version, usable in (("go1.25.9", False), ("go1.26.0", True)):
        (tmp_path / "go").write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / "go").chmod(0o755)
        assert (go.own() is not None) is usable
