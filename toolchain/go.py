"""Compiles programs from Go modules, with the machine's compiler or one from a Python wheel."""

import os
import shutil
from pathlib import Path

from toolchain.paths import cache_directory
from toolchain.process import run
from toolchain.programs import MODULES, Program

BUILD_TIMEOUT_S = 3600
OLDEST = (1, 26)


def caches() -> Path:
    """Where the compiler keeps modules and what it has compiled."""
    return cache_directory() / "go"


def own() -> Path | None:
    """The machine's own Go compiler, if it has one that is new enough."""
    found = shutil.which("go")
    if found is None:
        return None
    version = run([found, "env", "GOVERSION"], timeout=60).strip().removeprefix("go")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return Path(found) if numbers >= OLDEST else None


def from_wheel(directory: Path) -> Path:
    """The Go compiler in an installed wheel, made to run."""
    go = directory / "go/bin/go"
    # pip marks as executable only what stands in a wheel's own scripts folder.
    for tool in (*go.parent.iterdir(), *(go.parent.parent / "pkg/tool").glob("*/*")):
        tool.chmod(0o755)
    return go


def build(go: Path, program: Program, source: Path, result: Path, memory: int) -> None:
    """Compile a program.

    Args:
        go: the compiler.
        program: what to compile.
        source: a directory to work in, made here.
        result: gets a directory `bin` with the binaries.
        memory: bytes that one process of the compiler may fill before it collects garbage.

    Raises:
        Failed: holds the compiler's last lines.
    """
    shutil.copytree(MODULES / program.module, source)
    bin_directory = result / "bin"
    bin_directory.mkdir(parents=True)
    environment = _environment(program, memory)

    def module_file(module: str, file: str) -> Path:
        # `list` alone would not fetch the module, and `download` checks it against go.sum.
        run([go, "mod", "download", module], timeout=BUILD_TIMEOUT_S, env=environment, cwd=source)
        command = [go, "list", "-m", "-f", "{{.Dir}}", module]
        return Path(run(command, timeout=60, env=environment, cwd=source).strip()) / file

    copies = source if program.copies_are_embedded else bin_directory
    for module, file in program.copies:
        copy = copies / Path(file).name
        shutil.copyfile(module_file(module, file), copy)
        copy.chmod(0o755)
    for module, file, ours in program.changed:
        # A copy: the compiler refuses an overlay of files in its cache of modules.
        copy = source / "changed" / module
        shutil.copytree(module_file(module, ""), copy)
        (copy / file).unlink(missing_ok=True)
        if ours:
            shutil.copyfile(source / ours, copy / file)
        edit = [go, "mod", "edit", f"-replace={module}={copy}"]
        run(edit, timeout=60, env=environment, cwd=source)
    stamps = " ".join(f"-X {variable}={value}" for variable, value in program.stamps.items())
    run(
        [
            go,
            "build",
            "-mod=readonly",
            "-buildvcs=false",
            "-trimpath",
            # Profiles compile all dependencies once more, and debug data is stripped in the end.
            "-pgo=off",
            "-gcflags=all=-dwarf=false",
            f"-ldflags=-s -w {stamps}",
            "-o",
            f"{bin_directory}/",
            *program.packages,
        ],
        timeout=BUILD_TIMEOUT_S,
        env=environment,
        cwd=source,
        todo="run the same command again: what is finished stays, and the rest goes on",
    )
    for package_name, name in program.renamed.items():
        (bin_directory / package_name).rename(bin_directory / name)


def _environment(program: Program, memory: int) -> dict[str, str]:
    environment = dict(os.environ) | {
        "CGO_ENABLED": "0",
        # A quarter of the time would go into collecting garbage of processes that live for seconds.
        "GOGC": "off",
        "GOMEMLIMIT": str(memory),
        "GOCACHE": str(caches() / "build"),
        "GOMODCACHE": str(caches() / "modules"),
        "GOFLAGS": "-modcacherw",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    if program.in_cluster:
        environment["GOOS"] = "linux"
    return environment
