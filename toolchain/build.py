"""Builds programs into the cache, each keyed by the hash of what it is built from."""

import concurrent.futures
import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from toolchain import programs
from toolchain.paths import cache_directory
from toolchain.process import interrupt_running, run, say
from toolchain.programs import Program, Wheel
from toolchain.progress import Progress

ROOM = Path(__file__).resolve().parent
BUILD_TIMEOUT_S = 3600
MEMORY_FOR_TWO_BUILDS = 12 * 2**30
"""Bytes of memory with which two builds fit side by side: a compiler takes up to 1.2 GB without
garbage collection, a linker up to 2."""


def directory(program: Program | Wheel) -> Path:
    """Where a program is, or will be once it is built."""
    return cache_directory() / "programs" / f"{program.name}-{_key(program)}"


def ensure(wanted: Sequence[Program | Wheel]) -> None:
    """Make sure that every program is in the cache.

    Raises:
        Failed: one could not be built; what was finished stays, and the next call goes on from it.
    """
    missing = [program for program in wanted if not directory(program).exists()]
    if not missing:
        return
    if any(isinstance(program, Program) for program in missing):
        _ensure_go()
    workers = 2 if _memory() >= MEMORY_FOR_TWO_BUILDS else 1
    progress = Progress("built", len(missing))

    def build(program: Program | Wheel) -> None:
        with progress.part(program.name), _locked(program) as waited:
            if not (waited and directory(program).exists()):
                _build(program)

    say(f"Building programs: {', '.join(program.name for program in missing)}")
    with (
        concurrent.futures.ThreadPoolExecutor(workers) as pool,
        progress.heartbeat(),
        _caches_in_use(),
    ):
        futures = [pool.submit(build, program) for program in missing]
        try:
            for future in concurrent.futures.as_completed(futures):
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            interrupt_running()
            raise
    _drop_caches()


def _build(program: Program | Wheel) -> None:
    target = directory(program)
    for abandoned in target.parent.glob(f"{target.name}.*/"):
        shutil.rmtree(abandoned)
    with tempfile.TemporaryDirectory(prefix=f"{target.name}.", dir=target.parent) as scratch:
        result = Path(scratch) / "result"
        if isinstance(program, Wheel):
            _install_wheel(program, result)
        else:
            _go_build(program, Path(scratch) / "source", result)
        result.rename(target)


def _go_build(program: Program, source: Path, result: Path) -> None:
    go = own_go() or _fetched_go()
    shutil.copytree(ROOM / "modules" / program.module, source)
    bin_directory = result / "bin"
    bin_directory.mkdir(parents=True)
    environment = _go_environment(program)
    copies = source if program.copies_are_embedded else bin_directory
    for module, file in program.copies:
        # `list` alone would not fetch the module, and `download` checks it against go.sum.
        run([go, "mod", "download", module], timeout=BUILD_TIMEOUT_S, env=environment, cwd=source)
        found = run(
            [go, "list", "-m", "-f", "{{.Dir}}", module], timeout=60, env=environment, cwd=source
        )
        copy = copies / Path(file).name
        shutil.copyfile(Path(found.strip()) / file, copy)
        copy.chmod(0o755)
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
            f"-tags={program.tags}",
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


def _go_environment(program: Program) -> dict[str, str]:
    caches = _go_caches()
    environment = dict(os.environ) | {
        "CGO_ENABLED": "1" if program.cgo else "0",
        # A quarter of the time goes into collecting garbage of processes that live for seconds.
        "GOGC": "off",
        "GOCACHE": str(caches / "build"),
        "GOMODCACHE": str(caches / "modules"),
        "GOFLAGS": "-modcacherw",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    if program.in_cluster:
        environment["GOOS"] = "linux"
    return environment


def _go_caches() -> Path:
    return cache_directory() / "go"


def _install_wheel(wheel: Wheel, result: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--no-compile", "--target", str(result)]
    if wheel.in_cluster:
        machine = {"amd64": "x86_64", "arm64": "aarch64"}[programs.machine_architecture()]
        command += ["--only-binary", ":all:", "--platform", f"manylinux2014_{machine}"]
    requirements = ROOM / "wheels" / wheel.requirements
    run([*command, "--requirement", str(requirements)], timeout=BUILD_TIMEOUT_S)


def own_go() -> Path | None:
    """The machine's own Go compiler, if it has one that is new enough."""
    found = shutil.which("go")
    if found is None:
        return None
    version = run([found, "env", "GOVERSION"], timeout=60).strip().removeprefix("go")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return Path(found) if numbers >= (1, 26) else None


def _ensure_go() -> None:
    """Fetch the compiler from the Python index where the machine has none."""
    if own_go() or directory(programs.GO).exists():
        return
    say("Fetching the Go compiler")
    with _locked(programs.GO) as waited:
        if not (waited and directory(programs.GO).exists()):
            _build(programs.GO)


def _fetched_go() -> Path:
    go = directory(programs.GO) / "go/bin/go"
    # pip marks as executable only what stands in a wheel's own scripts folder.
    for tool in (*go.parent.iterdir(), *(go.parent.parent / "pkg/tool").glob("*/*")):
        tool.chmod(0o755)
    return go


def _key(program: Program | Wheel) -> str:
    digest = hashlib.sha256(repr(program).encode())
    digest.update(f"{sys.platform} {programs.machine_architecture()}".encode())
    if isinstance(program, Wheel):
        files = [ROOM / "wheels" / program.requirements]
    else:
        files = sorted((ROOM / "modules" / program.module).iterdir())
    for file in files:
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def _caches_in_use() -> Iterator[None]:
    with _caches_lock().open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def _drop_caches() -> None:
    """Delete Go's caches: ten times the size of what they made, and the next version shares little.

    They stay while another build uses them; that one then deletes them.
    """
    with _caches_lock().open("w") as file, contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(_go_caches(), ignore_errors=True)


def _caches_lock() -> Path:
    return cache_directory() / "go.lock"


@contextlib.contextmanager
def _locked(program: Program | Wheel) -> Iterator[bool]:
    """Hold the program's lock; yields whether another build had it first."""
    lock = directory(program).with_suffix(".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            waited = False
        except BlockingIOError:
            say(f"  {program.name}: another build is at it; waiting for that one")
            fcntl.flock(file, fcntl.LOCK_EX)
            waited = True
        yield waited


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
