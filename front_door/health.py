"""What is wrong with a stack that runs: asked of the cluster, from inside and from outside."""

import base64
import concurrent.futures
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cluster import faults
from cluster.address import ingress_address
from cluster.kubectl import get, kubectl
from cluster.report import masked
from front_door import answering, expiry, pulumi
from front_door.finding import Finding
from front_door.leftovers import objects
from front_door.request import Request
from toolchain.process import Failed

FULL = 0.9
"""From this share on a volume is full: the kubelet evicts pods from a disk with 10 % left."""
TIMEOUT_S = 10
WORKLOADS = ("StatefulSet/postgres", "StatefulSet/minio", "Deployment/mlflow-server")
SIGNS_OF_LIFE = {
    "mlflow-server": ("/health",),
    "minio": ("/minio/health/live", "/healthz"),
    "prometheus": ("/-/healthy",),
}
"""What is asked through each Ingress, of MinIO or SeaweedFS; it needs no database and no key."""
_ADMIN = "auth-admin"
"""The Secret of MLflow's administrator: see infra/mlplatform/names.py."""
_ASK_FOR_PASSWORDS = ("mlflow-server", "prometheus")
_WHO_AM_I = "/api/2.0/mlflow/users/current"
_POSTGRES_DATA = "/var/lib/postgresql/data"
_INSIDE = Path(__file__).with_name("inside.py")


def findings(request: Request, *, cluster_answers: bool) -> list[Finding]:
    """Look at a stack from every side at once: that takes seconds, and changes nothing.

    Returns:
        What was found; nothing if there is no such stack.
    """
    state = _state(request)
    if not cluster_answers:
        todo = "`make cluster` starts it; the stack comes back with it"
        text = f"is in the cluster of context {request.context_name}, which does not answer"
        return (
            [*state, Finding(f"stack {request.stack}", f"{text}; to do: {todo}")] if state else []
        )
    if not state and objects.owner(request) is None:
        return []
    return [*state, *of_cluster(request)]


def of_cluster(request: Request) -> list[Finding]:
    """What the cluster and the stack's own servers say of it."""
    sides = (_workloads, _nodes, _inside, _postgres_volume, _hosts, _ownership)
    with concurrent.futures.ThreadPoolExecutor(len(sides)) as pool:
        found = list(pool.map(lambda side: _seen(side, request), sides))
    return [finding for side in found for finding in side]


def _seen(side: Callable[[Request], Iterator[Finding]], request: Request) -> list[Finding]:
    try:
        return list(side(request))
    except Failed as failure:
        return [Finding(side.__name__.strip("_"), str(failure))]


def _workloads(request: Request) -> Iterator[Finding]:
    """Each server, and what the cluster says is wrong with any object of the namespace."""
    found_objects = get(
        request.context_name, f"{faults.KINDS},deployments", f"--namespace={request.namespace}"
    )
    found = faults.find(found_objects, datetime.now(UTC))
    by_name = {f"{one['kind']}/{one['metadata']['name']}": one for one in found_objects}
    again = "`make up` brings it back"
    others = objects.external(request)
    for name in WORKLOADS:
        if name.partition("/")[2] in others:
            continue
        if name not in by_name:
            yield Finding(name, f"is not there; to do: {again}")
            continue
        wanted = by_name[name]["spec"].get("replicas", 1)
        ready = by_name[name]["status"].get("readyReplicas", 0)
        if wanted == 0:
            yield Finding(name, f"is scaled to zero; to do: {again}")
        elif ready < wanted and not found:
            yield Finding(name, f"{ready} of {wanted} pods ready; to do: look again in a minute")
        else:
            yield Finding(name, f"{ready} of {wanted} pods ready", wrong=ready < wanted)
    for fault in found:
        reason = masked(fault.reason, request.context_name, request.namespace)
        yield Finding(fault.where, f"{reason}; to do: {fault.todo}")


def _nodes(request: Request) -> Iterator[Finding]:
    """Nodes that are away or short of something; whoever may not see them passes over them."""
    try:
        nodes = get(request.context_name, "nodes")
    except Failed:
        return
    for node in nodes:
        name = f"node {node['metadata']['name']}"
        for condition in node["status"].get("conditions", []):
            kind, is_true = condition["type"], condition["status"] == "True"
            if is_true != (kind == "Ready"):
                yield Finding(name, f"{kind}={condition['status']}: {condition.get('message')}")


def _inside(request: Request) -> Iterator[Finding]:
    """Database and store, asked by MLflow's own pod with MLflow's own keys."""
    root = {
        key: base64.b64decode(value).decode()
        for secret in get(
            request.context_name, "secret", "minio", f"--namespace={request.namespace}"
        )
        for key, value in secret["data"].items()
    }
    asked = json.dumps({"bucket": _bucket(request), "root": root})
    program = ["python", "-c", _INSIDE.read_text()]
    try:
        printed = _execute(request, "deployment/mlflow-server", program, asked)
    except Failed as failure:
        reason = masked(
            str(failure).splitlines()[-2].strip(), request.context_name, request.namespace
        )
        yield Finding("database and store", f"could not be asked from MLflow's pod: {reason}")
        return
    answer = json.loads(printed)
    for name, server in (("database", "postgres"), ("store", "minio")):
        if problem := answer[name]:
            reason = masked(problem, request.context_name, request.namespace)
            todo = f"see the lines of {server}, then `make up`; a NetworkPolicy may stand between"
            if server in objects.external(request):
                todo = "ask whoever runs it; a NetworkPolicy may stand between"
            yield Finding(name, f"does not answer MLflow: {reason}; to do: {todo}")
        else:
            figures = answer["figures"] if name == "database" else {}
            used = "{used} of {most} connections".format_map(figures) if figures else ""
            text = f"answers MLflow{used and ', '}{used}"
            yield Finding(name, text, wrong=False, figures=figures)
    for free, total in answer["drives"]:
        yield _volume("minio", "minioStorage", total - free, total)


def _bucket(request: Request) -> str:
    """MLflow's bucket, as its servers are told."""
    place = f"--namespace={request.namespace}"
    for found in get(request.context_name, "deployment", "mlflow-server", place):
        if match := re.search("//([^/]+)/artifacts", json.dumps(found)):
            return match[1]
    return "mlflow"


def _postgres_volume(request: Request) -> Iterator[Finding]:
    """How full the volume is, as its file system says; where there is no pod, others say so."""
    try:
        printed = _execute(
            request, "statefulset/postgres", ["df", "-P", "-B1", _POSTGRES_DATA], stdin=""
        )
    except Failed:
        return
    _, _, used, free, *_ = printed.splitlines()[-1].split()
    yield _volume("postgres", "postgresStorage", int(used), int(used) + int(free))


def _volume(name: str, setting: str, used: int, total: int) -> Finding:
    share = used / total
    text = f"{share:.0%} of {total / 1e9:.1f} GB used"
    figures = {"used_bytes": used, "total_bytes": total}
    if share < FULL:
        return Finding(f"volume of {name}", text, wrong=False, figures=figures)
    todo = f"enlarge it ({setting}, then `make up`), or delete runs and models"
    return Finding(f"volume of {name}", f"is full: {text}; to do: {todo}", figures=figures)


def _hosts(request: Request) -> Iterator[Finding]:
    """Each host, asked through the ingress, and whoever else claims it."""
    everywhere = get(request.context_name, "ingress", "--all-namespaces")
    served = [
        (rule.get("host"), ingress)
        for ingress in everywhere
        for rule in ingress["spec"].get("rules", [])
    ]
    own = [entry for entry in served if _is_in(entry[1], request.namespace)]
    address = ingress_address(request.context_name, request.namespace)
    for host, ingress in own:
        others = {
            other["metadata"]["namespace"]
            for name, other in served
            if name == host and not _is_in(other, request.namespace)
        }
        if others:
            todo = "change the host there, or here (domain, mlflowHost, minioHost)"
            text = f"is served by namespace {', '.join(others)} too; to do: {todo}"
            yield Finding(host, text)
        name = ingress["metadata"]["name"]
        login = _login(request) if name in _ASK_FOR_PASSWORDS else {}
        signs = (_WHO_AM_I,) if login and name == "mlflow-server" else _signs(ingress)
        trusted = answering.trust(request.context_name, ingress)
        answers = [answering.answer(host, address, path, trusted, login) for path in signs]
        yield next((one for one in answers if not one.wrong), answers[0])


def _signs(ingress: dict[str, Any]) -> tuple[str, ...]:
    """What is asked through an Ingress; of a model, below the path that leads to it."""
    name = ingress["metadata"]["name"]
    if name in SIGNS_OF_LIFE:
        return SIGNS_OF_LIFE[name]
    [path] = ingress["spec"]["rules"][0]["http"]["paths"]
    return (f"{path['path'].rstrip('/')}/ping",)


def _is_in(found: dict[str, Any], namespace: str) -> bool:
    return found["metadata"]["namespace"] == namespace


def _login(request: Request) -> dict[str, str]:
    """The header that MLflow knows its administrator by; none where it asks for no password."""
    for found in get(request.context_name, "secret", _ADMIN, f"--namespace={request.namespace}"):
        user, password = (base64.b64decode(found["data"][key]) for key in ("username", "password"))
        return {"Authorization": f"Basic {base64.b64encode(user + b':' + password).decode()}"}
    return {}


def _state(request: Request) -> list[Finding]:
    """Pulumi's state: whether it can be read and changed; nothing if this backend has none."""
    try:
        if not pulumi.known(request.stack):
            return []
    except Failed as failure:
        return [Finding("state", str(failure))]
    if holder := pulumi.lock_holder(request.stack):
        return [Finding("state", f"is locked by {holder}; to do: wait, or `pulumi cancel`")]
    return [Finding("state", "can be read", wrong=False)]


def _ownership(request: Request) -> Iterator[Finding]:
    """Whose stack it is, and how long it may stay."""
    found = get(request.context_name, "namespace", request.namespace)
    if not found:
        yield Finding(f"namespace {request.namespace}", "is gone; to do: `make up` makes it anew")
        return
    marks = found[0]["metadata"].get("annotations", {})
    mark = marks.get(expiry.ANNOTATION)
    if expiry.is_past(mark, datetime.now(UTC)):
        todo = f"`TTL=3d make up STACK={request.stack}` keeps it, `make down` removes it"
        yield Finding("expiry", f"was {mark}: the next `make reap` destroys it; to do: {todo}")


def _execute(request: Request, workload: str, command: list[str], stdin: str) -> str:
    place = f"--namespace={request.namespace}"
    return kubectl(
        request.context_name,
        "exec",
        "--pod-running-timeout=1s",  # Its own is a minute.
        "--stdin",
        place,
        workload,
        "--",
        *command,
        stdin=stdin,
        timeout=TIMEOUT_S,
    )
