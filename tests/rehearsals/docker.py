"""Minikube's Docker driver: as root, as a user without root, with two nodes."""

from collections.abc import Iterator, Mapping
from typing import Any

from drills.row import Row
from tests.rehearsals import person, steps
from tests.rehearsals.person import Person

MOVABLE = "app.kubernetes.io/name in (traefik, mlflow-server)"
AS_ROOT = {"MINIKUBE_FORCE": "true"}
"""Minikube refuses the Docker driver to root (DRV_AS_ROOT) unless it is told to go on."""
TEST_TIMEOUT_S = 3600
"""Some 2,000 tests and two stacks, on a machine that others may keep busy."""


def run(variables: Mapping[str, str]) -> Iterator[Row]:
    """From clone to `make cluster-down`, three times.

    Args:
        variables: let Minikube take the stand-in for its node image.
    """
    yield from _journey(person.settle("root", {**variables, **AS_ROOT}))
    yield from _journey(person.settle("ada", variables), tests=True)
    yield from _two_nodes(person.settle("lea", {**variables, "MINIKUBE_NODES": "2"}))


def _journey(who: Person, *, tests: bool = False) -> Iterator[Row]:
    """What anybody does, in the order in which it is done.

    Args:
        who: does it.
        tests: also the project's own checks.
    """
    yield steps.up(who, "make up, from a clone")
    yield steps.listed(who)
    who.call(["minikube", "stop"])
    yield steps.up(who, "minikube stop, make up")
    if tests:
        ended = who.make("test", timeout=TEST_TIMEOUT_S)
        yield Row(f"{who.name}: make test", "passes", steps.seconds(ended), passed=not ended.failed)
    yield from steps.down(who)
    yield from steps.cluster_down(who)


def _two_nodes(who: Person) -> Iterator[Row]:
    """Pods, volumes and the ingress may be on either of two nodes."""
    who.configure({"replicas": "2"})
    yield steps.up(who, "make up with two nodes and two replicas")
    ready = [node for node in who.get("nodes") if _is_ready(node)]
    yield Row("lea: nodes", "2 ready", f"{len(ready)} ready", passed=len(ready) == 2)
    yield _spread(who, "mlflow-server", 2)
    for node in (node["metadata"]["name"] for node in ready):
        _move_away(who, node)
        yield steps.up(who, f"make up, all without a volume moved away from {node}")
    yield from steps.down(who)
    yield from steps.cluster_down(who)


def _move_away(who: Person, node: str) -> None:
    """Have what may be on either node on the other one: the ingress, MLflow."""
    place = ["--all-namespaces", f"--field-selector=spec.nodeName={node}"]
    who.kubectl("cordon", node)
    who.kubectl("delete", "pod", *place, f"--selector={MOVABLE}")
    for name, namespace in (("traefik", "mlplatform-ingress"), ("mlflow-server", "mlplatform-dev")):
        who.kubectl("rollout", "status", f"--namespace={namespace}", f"deployment/{name}")
    who.kubectl("uncordon", node)


def _spread(who: Person, name: str, expected: int) -> Row:
    pods = who.get("pods", "--all-namespaces", f"--selector=app.kubernetes.io/name={name}")
    nodes = {pod["spec"]["nodeName"] for pod in pods}
    return Row(
        f"lea: nodes of {name}", f"{expected}", ", ".join(sorted(nodes)), len(nodes) == expected
    )


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = {entry["type"]: entry["status"] for entry in node["status"]["conditions"]}
    return conditions.get("Ready") == "True"
