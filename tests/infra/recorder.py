"""Runs the program without an engine and keeps what it declared."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.rpc import UNKNOWN

from mlplatform import stack
from mlplatform.existing import Existing
from mlplatform.settings import parse_settings

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"

TAGS = {
    "postgres": "17-0123456789ab",
    "minio": "2026-0123456789ab",
    "mlflow": "3.17.2-0123456789ab",
}
WORKLOADS = {"Deployment", "StatefulSet", "Job", "CronJob"}
SERVICE_ADDRESS = "10.96.0.77"


def image_names(registry: str) -> dict[str, str]:
    """Stand in for the images made from images/, in the registry that the settings name."""
    return {part: f"{registry}/{part}:{tag}" for part, tag in TAGS.items()}


def unwrapped(value: Any) -> Any:
    """The value as a provider would see it: secrets opened, whole numbers as integers."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return unwrapped(value["value"])
        return {key: unwrapped(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [unwrapped(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def holds_secret(value: Any) -> bool:
    """Whether any part of the value is marked as a secret."""
    if isinstance(value, dict):
        return value.get(SIGNATURE) == SECRET or any(map(holds_secret, value.values()))
    return isinstance(value, list) and any(map(holds_secret, value))


@dataclass(frozen=True)
class Declared:
    """One resource as the program registered it."""

    type: str
    name: str
    urn: str
    parent: str
    provider: str
    custom: bool
    inputs: dict[str, Any] = field(repr=False)
    dependencies: frozenset[str] = field(repr=False)
    secret_outputs: tuple[str, ...]
    retained: bool
    replaced_on: tuple[str, ...]
    ignored: tuple[str, ...]
    deleted_before_replaced: bool
    create_timeout: str

    @property
    def object(self) -> dict[str, Any]:
        """The Kubernetes object."""
        return unwrapped(self.inputs)

    @property
    def kind(self) -> str:
        return self.object["kind"]

    @property
    def pod(self) -> dict[str, Any]:
        """The pod template of a workload."""
        spec = self.object["spec"]
        return (spec["jobTemplate"]["spec"] if self.kind == "CronJob" else spec)["template"]

    @property
    def container(self) -> dict[str, Any]:
        """The only container of a workload's pod."""
        (container,) = self.pod["spec"]["containers"]
        return container

    @property
    def containers(self) -> list[dict[str, Any]]:
        """The container, and those that run before it."""
        return [*(self.pod["spec"].get("initContainers") or []), self.container]

    @property
    def environment(self) -> dict[str, str]:
        """The public variables of the container."""
        return {one["name"]: one["value"] for one in self.container["env"] if "value" in one}

    @property
    def secrets_read(self) -> dict[str, tuple[str, str]]:
        """The secret variables of the container: by name, the Secret and the key in it."""
        references = {
            one["name"]: one["valueFrom"]["secretKeyRef"]
            for one in self.container["env"]
            if "valueFrom" in one
        }
        return {name: (found["name"], found["key"]) for name, found in references.items()}


class Cluster(Mocks):
    """Fills in what only a cluster or a real run can tell: names, addresses, random text."""

    def __init__(self, preview: bool) -> None:
        self.preview = preview

    def call(self, args: Any) -> tuple[dict[str, Any], None]:
        raise AssertionError(f"the program asks the cluster for {args.token}")

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        state = dict(args.inputs)
        if args.typ.startswith("kubernetes:"):
            name = UNKNOWN if self.preview else f"{args.name}-1a2b3c"
            state["metadata"] = {"name": name, **state["metadata"]}
        if args.typ == "kubernetes:core/v1:Service":
            address = UNKNOWN if self.preview else SERVICE_ADDRESS
            state["spec"] = {"clusterIP": address, **state["spec"]}
        if args.typ.endswith(":RandomText"):
            drawn = args.inputs.get("value") or f"Generated-for-{args.name}"
            state["value"] = UNKNOWN if self.preview else drawn
        if args.typ.endswith(":Quiesced"):
            state["previous_image"] = UNKNOWN if self.preview else args.inputs["running_image"]
            state["times"] = UNKNOWN if self.preview else 0
        return f"id-of-{args.name}", state


class Monitor(MockMonitor):
    """Stands in for the engine, and keeps every registration."""

    def __init__(self, preview: bool = False) -> None:
        super().__init__(Cluster(preview))
        self.declared: list[Declared] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  the name of the call
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.declared.append(
                Declared(
                    type=request.type,
                    name=request.name,
                    urn=response.urn,
                    parent=request.parent,
                    provider=request.provider,
                    custom=request.custom,
                    inputs=pulumi.runtime.rpc.deserialize_properties(
                        request.object, keep_unknowns=True
                    ),
                    dependencies=frozenset(request.dependencies),
                    secret_outputs=tuple(request.additionalSecretOutputs),
                    retained=request.retainOnDelete,
                    replaced_on=tuple(request.replaceOnChanges),
                    ignored=tuple(request.ignoreChanges),
                    deleted_before_replaced=request.deleteBeforeReplace,
                    create_timeout=request.customTimeouts.create,
                )
            )
        return response


@dataclass(frozen=True)
class Recording:
    """What one run of the program declared."""

    stack: str
    declared: list[Declared]
    outputs: dict[str, Any]
    secret_outputs: set[str]

    @property
    def objects(self) -> list[Declared]:
        """The Kubernetes objects."""
        return [one for one in self.declared if one.type.startswith("kubernetes:")]

    @property
    def workloads(self) -> list[Declared]:
        """The objects that have pods."""
        return [one for one in self.objects if one.kind in WORKLOADS]

    @property
    def secret_values(self) -> dict[str, dict[str, str]]:
        """What the Secrets hold, by their names."""
        return {
            one.object["metadata"]["name"]: one.object["stringData"]
            for one in self.of_kind("Secret")
        }

    def of_kind(self, kind: str) -> list[Declared]:
        return [one for one in self.objects if one.kind == kind]

    def one(self, kind: str, name: str) -> Declared:
        """The only object of a kind with the given value of app.kubernetes.io/name."""
        label = "app.kubernetes.io/name"
        found = [
            one for one in self.of_kind(kind) if one.object["metadata"]["labels"][label] == name
        ]
        assert len(found) == 1, f"{len(found)} objects of kind {kind} for {name}"
        return found[0]


def record(
    config: Mapping[str, str] | None = None,
    stack_name: str = "dev",
    *,
    existing: Existing | None = None,
    preview: bool = False,
) -> Recording:
    """Run the program with a configuration.

    Args:
        config: values by key, as in a stack's configuration.
        stack_name: name of the stack.
        existing: what the cluster has; None for nothing.
        preview: leave unknown what only a cluster or a real run can tell.
    """
    settings = parse_settings(config or {}, stack_name, ["minikube"])
    # Pulumi takes the thread's event loop for granted; tests of servers close theirs behind them.
    asyncio.set_event_loop(asyncio.new_event_loop())
    monitor = Monitor(preview)
    # Pulumi takes the thread's own, and what ran before may have closed it.
    asyncio.set_event_loop(asyncio.new_event_loop())
    pulumi.runtime.set_mocks(
        monitor.mocks, "mlplatform", stack_name, preview=preview, monitor=monitor
    )
    outputs: dict[str, Any] = {}
    secret_outputs: set[str] = set()

    @pulumi.runtime.test
    def run() -> pulumi.Output[Any]:
        async def look(name: str, output: pulumi.Output[Any]) -> None:
            outputs[name] = await output.future()
            if await output.is_secret():
                secret_outputs.add(name)

        made = stack.build(settings, existing or Existing(), image_names)
        looks = [look(name, pulumi.Output.from_input(value)) for name, value in made.items()]
        return pulumi.Output.all(*looks)

    run()
    return Recording(stack_name, monitor.declared, outputs, secret_outputs)
