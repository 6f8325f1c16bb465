"""Every secret of a stack is looked for wherever it has no business to be."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from bench.timeline.recording import record
from cluster.kubectl import get, kubectl
from cluster.report import report
from drills import command
from drills.in_force import decoded
from drills.row import Row
from drills.stand import Stand, planned
from front_door import pulumi
from front_door.request import Request
from smoke_tests.client import http_session
from smoke_tests.network import resolve
from smoke_tests.wait import wait_until

SHORTEST = 16
"""Shorter values in Secrets are names."""
_PUBLIC = ("tls.crt", "ca.crt", "username")
_KINDS = "pods,deployments,statefulsets,jobs,cronjobs,configmaps,services,ingresses,networkpolicies"
_BACK_S = 120
_EVERYTHING = {
    "ephemeral": "false",
    "monitoring": "builtin",
    "models": "[{name: smoke-test-wine, alias: champion}]",
}


def run(request: Request) -> Iterator[Row]:
    """Deploy a stack with everything on, let it fail, and search all that it left."""
    with planned(request, "canary") as stand:
        pulumi.configure(stand.request.stack, _EVERYTHING)
        with _arguments() as arguments:
            first = command.make("up", stand.request)
            with record() as recording:
                pulumi.up(stand.request, event_log=recording.path)
            failure = _failure(stand)
        secrets = secrets_of(stand)
        places = {
            "what `make up` printed, with Pulumi's and the smoke tests' output": first.printed,
            "the event log, as bench keeps and draws it": str(recording.events),
            "the state": json.dumps(pulumi.exported(stand.request.stack)),
            "`make doctor` and the report, while the database is away": failure,
            "the arguments of every process of this machine meanwhile": "\n".join(arguments),
            **_of_cluster(stand),
            **{
                f"`make {target}`": command.make(target, stand.request).printed
                for target in ("render", "env", "hosts", "list", "logs")
            },
        }
        for place, text in places.items():
            found = [name for name, value in secrets.items() if _holds(text, value)]
            figure = f"{len(found)} of {len(secrets)} in {len(text)} characters {' '.join(found)}"
            yield Row(place, "no secret", figure, bool(text) and not found)
        yield _environments(stand, secrets)
        yield _followed(stand)


def _holds(text: str, secret: str) -> bool:
    """Whether a text holds a secret: as it is, as JSON writes its lines, as a Secret's data."""
    encoded = base64.b64encode(secret.encode()).decode()
    return any(form in text for form in (secret, json.dumps(secret)[1:-1], encoded))


def secrets_of(stand: Stand) -> dict[str, str]:
    """The secrets of a stack by name: what its Secrets hold, and what its state has generated."""
    found = {
        f"{one['metadata']['name']}.{key}": decoded(data)
        for one in _objects(stand, "secrets")
        for key, data in one.get("data", {}).items()
        if key not in _PUBLIC
    }
    state = pulumi.exported(stand.request.stack, show_secrets=True)
    for one in state["deployment"]["resources"]:
        name = one["urn"].rpartition("::")[2]
        if name.startswith("credentials-"):
            found[name] = one["outputs"]["value"]["plaintext"].strip('"')
    # Of a key of several lines, one that no other has.
    return {
        name: max(value.splitlines(), key=len)
        for name, value in found.items()
        if len(value) >= SHORTEST
    }


def _objects(stand: Stand, kinds: str) -> list[dict[str, Any]]:
    return get(stand.namespace.context, kinds, f"--namespace={stand.namespace.name}")


def _of_cluster(stand: Stand) -> dict[str, str]:
    """What whoever may look at the cluster, but not at its Secrets, can read."""
    context, namespace = stand.namespace.context, stand.namespace.name
    return {
        "specs and status of pods and all other objects": json.dumps(_objects(stand, _KINDS)),
        "events of Kubernetes": json.dumps(_objects(stand, "events")),
        "logs of every pod, those of ended containers too": _logs(context, namespace),
        "logs of the ingress": _logs(context, "mlplatform-ingress"),
    }


def _logs(context: str, namespace: str) -> str:
    texts: list[str] = []
    for pod in get(context, "pods", f"--namespace={namespace}"):
        name = pod["metadata"]["name"]
        of_it = ["logs", f"--namespace={namespace}", name, "--all-containers", "--prefix"]
        texts.append(f"{name}\n{kubectl(context, *of_it)}")
        statuses = pod["status"].get("containerStatuses", [])
        if any(one["restartCount"] for one in statuses):
            texts.append(kubectl(context, *of_it, "--previous"))
    return "\n".join(texts)


def _failure(stand: Stand) -> str:
    """What is said of a stack whose database is away while its clients call."""
    context, namespace = stand.namespace.context, f"--namespace={stand.namespace.name}"
    settings = stand.settings
    kubectl(context, namespace, "scale", "statefulset/postgres", "--replicas=0")
    kubectl(context, namespace, "wait", "--for=delete", "pod/postgres-0", timeout=90)
    session = http_session(settings)
    url = f"{settings.tracking_uri}/api/2.0/mlflow/experiments/search"
    with resolve(settings.hosts, settings.ingress_address):
        said = [session.get(url, params={"max_results": 1}, timeout=30).text for _ in range(3)]
        said.append(report(context, stand.namespace.name))
        said.append(command.make("doctor", stand.request).printed)
        kubectl(context, namespace, "scale", "statefulset/postgres", "--replicas=1")

        def back() -> bool:
            answer = session.get(url, params={"max_results": 1}, timeout=10)
            return answer.status_code == requests.codes.ok

        wait_until(back, timeout_s=_BACK_S, describe="MLflow answers again", interval_s=1)
    return "\n".join(said)


@contextmanager
def _arguments() -> Iterator[set[str]]:
    """Collect the arguments of all processes that this machine shows, until the block ends."""
    found: set[str] = set()
    ended = threading.Event()

    def collect() -> None:
        while not ended.wait(0.3):
            found.update(_read(process / "cmdline") for process in _processes())

    collector = threading.Thread(target=collect, daemon=True)
    collector.start()
    try:
        yield found
    finally:
        ended.set()
        collector.join()


def _environments(stand: Stand, secrets: Mapping[str, str]) -> Row:
    """Each process of the stack's pods has the secrets that its pod names, and no others."""
    contents = {
        str(one["metadata"]["name"]): "\n".join(map(decoded, one.get("data", {}).values()))
        for one in get(stand.namespace.context, "secrets", f"--namespace={stand.namespace.name}")
    }
    pods = {pod["metadata"]["uid"]: json.dumps(pod["spec"]) for pod in _objects(stand, "pods")}
    looked_at, found = 0, []
    for process in _processes():
        group = _read(process / "cgroup").replace("_", "-")
        for uid, spec in pods.items():
            if uid in group:
                looked_at += 1
                own = "\n".join(text for name, text in contents.items() if f'"{name}"' in spec)
                environment = _read(process / "environ")
                found += [
                    name
                    for name, value in secrets.items()
                    if value in environment and value not in own
                ]
    figure = f"{len(found)} in the environments of {looked_at} processes {' '.join(found)}"
    goal = "no secret that its pod does not name"
    return Row("the environment of every container", goal, figure, looked_at > 0 and not found)


def _followed(stand: Stand) -> Row:
    """An answer's id leads to the lines of the ingress and of MLflow, which leave its query out."""
    url = f"{stand.settings.tracking_uri}/version"
    with resolve(stand.settings.hosts, stand.settings.ingress_address):
        answer = http_session(stand.settings).get(url, params={"signature": "x"}, timeout=30)
    request_id = answer.headers["X-Request-Id"]
    printed = command.make("logs", stand.request).printed
    writers = [line.split()[1] for line in printed.splitlines() if line.endswith(request_id)]
    parts = sorted(writer.partition("-")[0] for writer in writers)
    passed = parts == ["ingress", "mlflow"] and "signature=x" not in printed
    goal = "the ingress's and MLflow's, without the query"
    return Row("lines of `make logs` with the id of an answer", goal, ", ".join(parts), passed)


def _processes() -> list[Path]:
    return [path for path in Path("/proc").iterdir() if path.name.isdigit()]


def _read(file: Path) -> str:
    """A file of /proc, whose process may be gone or another user's."""
    try:
        return file.read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        return ""
