"""Faults of a stack that runs: `make doctor` names each within seconds, and `make up` mends it."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from cluster.kind import Kind
from cluster.kubectl import kubectl
from drills.command import make
from drills.row import Row
from drills.stand import Stand, deployed
from front_door.request import Request
from toolchain.process import run as run_program

TOLD_WITHIN_S = 10
HEALTHY = (r"ok  database +answers", r"ok  store +answers", r"ok  mlflow-server\S+ +answers")
CLASS = "drill-small-volumes"
SIZES = {"postgres": "256Mi", "minio": "1Gi"}


def run(request: Request) -> Iterator[Row]:
    """Break one thing after the other, ask the doctor, mend it; then fill volumes."""
    with deployed(request, "doctor") as stand:
        yield _asked(stand, "nothing is wrong", HEALTHY, wrong=False)
        for what, lines, broken in FAULTS:
            with broken(stand):
                row = _asked(stand, what, lines)
            stand.up()
            yield row
        yield _stopped_cluster(stand)
        yield _asked(stand, "all of it is mended", HEALTHY, wrong=False)
    if request.kind is Kind.NODE:  # Elsewhere nobody may mount a file system.
        yield from _full_volumes(request)


def _asked(
    stand: Stand,
    what: str,
    lines: Sequence[str],
    *,
    wrong: bool = True,
    variables: Mapping[str, str] | None = None,
) -> Row:
    """Ask the doctor; its lines are given as patterns."""
    ended = make("doctor", stand.request, variables)
    missing = [line for line in lines if not re.search(line, ended.printed)]
    named = re.search(lines[0], ended.printed)
    said = f"not said: {missing[0]}" if missing or named is None else " ".join(named[0].split())
    return Row(
        what,
        f"told within {TOLD_WITHIN_S} s, exit code {int(wrong)}",
        f"{ended.seconds:.1f} s: {said[:120]}",
        not missing and ended.failed is wrong and ended.seconds <= TOLD_WITHIN_S,
    )


@contextmanager
def _no_postgres(stand: Stand) -> Iterator[None]:
    _scale_to_zero(stand, "statefulset/postgres")
    yield


@contextmanager
def _no_minio(stand: Stand) -> Iterator[None]:
    _scale_to_zero(stand, "statefulset/minio")
    yield


@contextmanager
def _no_mlflow(stand: Stand) -> Iterator[None]:
    _scale_to_zero(stand, "deployment/mlflow-server")
    yield


def _scale_to_zero(stand: Stand, workload: str) -> None:
    stand.namespace.scale(workload, 0)
    selector = f"--selector=app.kubernetes.io/name={workload.partition('/')[2]}"
    _kubectl(stand, "wait", "pod", selector, "--for=delete", "--timeout=60s")


@contextmanager
def _no_secret(stand: Stand) -> Iterator[None]:
    """Pods that run do not notice; the next one does."""
    _kubectl(stand, "delete", "secret", "backend-store")
    _kubectl(stand, "delete", "pod", "--selector=app.kubernetes.io/name=mlflow-server")
    waiting = "{.status.containerStatuses[0].state.waiting.reason}"
    pod = "--selector=app.kubernetes.io/name=mlflow-server"
    until = f"--for=jsonpath={waiting}=CreateContainerConfigError"
    _kubectl(stand, "wait", "pod", pod, until, "--timeout=60s")
    yield


@contextmanager
def _host_of_two(stand: Stand) -> Iterator[None]:
    host, name = f"mlflow-server.{stand.request.stack}.local", stand.request.stack
    in_default = ("--namespace=default", "ingress", name)
    context = stand.request.context_name
    kubectl(context, "create", *in_default, f"--rule={host}/=nobody:80", "--class=nobody")
    try:
        yield
    finally:
        kubectl(context, "delete", *in_default)


def _stopped_cluster(stand: Stand) -> Row:
    """By a kubeconfig at whose address nobody answers: other stacks need the real one."""
    context = stand.request.context_name
    nobody = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "nobody", "cluster": {"server": "https://127.0.0.1:9"}}],
        "contexts": [{"name": context, "context": {"cluster": "nobody", "user": "nobody"}}],
        "users": [{"name": "nobody"}],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as kubeconfig:
        json.dump(nobody, kubeconfig)
        kubeconfig.flush()
        variables = {"KUBECONFIG": kubeconfig.name}
        lines = (rf"!!  stack {stand.request.stack} +is in the cluster .* does not answer.*",)
        return _asked(stand, "the cluster is stopped", lines, variables=variables)


def _full_volumes(request: Request) -> Iterator[Row]:
    """A stack on file systems that are small enough to be filled."""
    values = {"storageClass": CLASS}
    values |= {f"{part}Storage": size for part, size in SIZES.items()}
    with _small_volumes(request) as directories, deployed(request, "doctor", values) as stand:
        for part, directory in directories.items():
            with _filled(directory):
                line = rf"!!  volume of {part} +is full.*"
                yield _asked(stand, f"the volume of {part} is full", (line,))


@contextmanager
def _small_volumes(request: Request) -> Iterator[dict[str, Path]]:
    """Volumes of a StorageClass of their own, each a file system in memory."""
    with tempfile.TemporaryDirectory(prefix="drill-volumes-") as top:
        directories = {part: Path(top, part) for part in SIZES}
        objects = json.dumps({"kind": "List", "apiVersion": "v1", "items": _volumes(directories)})
        try:
            for part, directory in directories.items():
                directory.mkdir()
                size = f"size={SIZES[part].removesuffix('i')},mode=0777"
                run_program(["mount", "-t", "tmpfs", "-o", size, "tmpfs", directory], timeout=10)
            kubectl(request.context_name, "apply", "--filename=-", stdin=objects)
            yield directories
        finally:
            ignore = ("--ignore-not-found", "--timeout=60s")
            kubectl(request.context_name, "delete", "--filename=-", *ignore, stdin=objects)
            for directory in directories.values():
                run_program(["umount", directory], timeout=10)


def _volumes(directories: Mapping[str, Path]) -> list[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"drill-{part}"},
            "spec": {
                "capacity": {"storage": SIZES[part]},
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": CLASS,
                "hostPath": {"path": str(directory)},
            },
        }
        for part, directory in directories.items()
    ]
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": CLASS},
        "provisioner": "kubernetes.io/no-provisioner",
    }
    return [storage_class, *volumes]


@contextmanager
def _filled(directory: Path) -> Iterator[None]:
    """Leave a twentieth of a file system free."""
    filler = directory / "filler"
    usage = shutil.disk_usage(directory)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, usage.free - usage.total // 20)
    try:
        yield
    finally:
        filler.unlink()


def _kubectl(stand: Stand, *words: str) -> None:
    kubectl(stand.request.context_name, f"--namespace={stand.namespace.name}", *words)


FAULTS: Sequence[tuple[str, Sequence[str], Callable[[Stand], AbstractContextManager[None]]]] = (
    (
        "Postgres is scaled to zero",
        (r"!!  database +does not answer MLflow.*", r"!!  StatefulSet/postgres +is scaled to zero"),
        _no_postgres,
    ),
    (
        "MinIO is scaled to zero",
        (r"!!  store +does not answer MLflow.*", r"!!  StatefulSet/minio +is scaled to zero"),
        _no_minio,
    ),
    (
        "MLflow is scaled to zero",
        (r"!!  mlflow-server\S+ +503.*", r"!!  Deployment/mlflow-server +is scaled to zero"),
        _no_mlflow,
    ),
    (
        "a Secret is deleted, and the pod starts again",
        (r'!!  pod mlflow-server\S+ +CreateContainerConfigError: secret "backend-store".*',),
        _no_secret,
    ),
    (
        "another namespace serves the host too",
        (r"!!  mlflow-server\S+ +is served by namespace default too.*",),
        _host_of_two,
    ),
)
