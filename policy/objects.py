"""Kubernetes objects as rules look at them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]
Objects = Sequence[Object]
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")


@dataclass(frozen=True)
class Finding:
    """Something that breaks a rule.

    Attributes:
        where: kind and name of the object, and the part of it.
        what: what is wrong with it.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


Rule = Callable[[Objects], list[Finding]]


@dataclass(frozen=True)
class Pod:
    """The pod template of a workload.

    Attributes:
        where: kind and name of the workload.
        labels: the labels of its pods.
        spec: what they are.
        serves: whether they run until somebody stops them.
    """

    where: str
    labels: Mapping[str, str]
    spec: Object
    serves: bool


@dataclass(frozen=True)
class Container:
    """A container of a workload, also of those that run before the others.

    Attributes:
        where: kind and name of the workload, and its own name.
        spec: what it is.
        pod: whose container it is.
    """

    where: str
    spec: Object
    pod: Pod

    @property
    def context(self) -> Object:
        """Its security context."""
        return self.spec.get("securityContext") or {}

    @property
    def variables(self) -> Iterator[tuple[str, str]]:
        """Names and values of the variables that stand in the object itself."""
        for one in self.spec.get("env") or []:
            if "value" in one:
                yield one["name"], one["value"]

    @property
    def words(self) -> list[str]:
        """What is executed."""
        return [*(self.spec.get("command") or []), *(self.spec.get("args") or [])]


def name_of(one: Object) -> str:
    """Kind and name of an object."""
    return f"{one['kind']}/{one['metadata'].get('name', '')}"


def of_kind(objects: Objects, *kinds: str) -> Iterable[Object]:
    """The objects of some kinds."""
    return (one for one in objects if one["kind"] in kinds)


def pods(objects: Objects) -> Iterator[Pod]:
    """The pod templates of all workloads."""
    for one in of_kind(objects, *WORKLOADS):
        template = one
        if one["kind"] == "CronJob":
            template = one["spec"]["jobTemplate"]["spec"]["template"]
        elif one["kind"] != "Pod":
            template = one["spec"]["template"]
        yield Pod(
            where=name_of(one),
            labels=template["metadata"].get("labels") or {},
            spec=template["spec"],
            serves=not one["kind"].endswith("Job"),
        )


def containers(objects: Objects) -> Iterator[Container]:
    """The containers of all workloads."""
    for pod in pods(objects):
        for kind in ("initContainers", "containers"):
            for spec in pod.spec.get(kind) or []:
                yield Container(f"{pod.where}, container {spec['name']}", spec, pod)
