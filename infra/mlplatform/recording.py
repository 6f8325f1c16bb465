"""Runs the program without an engine, on Pulumi's mocks, and keeps what it declared."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.rpc import UNKNOWN

from mlplatform import names, stack
from mlplatform.existing import Existing
from mlplatform.settings import Settings

# How the engine's protocol marks a secret.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105


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


def masked(value: Any, mask: str) -> Any:
    """The value with another text in place of every secret."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            hidden = value["value"]
            return dict.fromkeys(hidden, mask) if isinstance(hidden, dict) else mask
        return {key: masked(inner, mask) for key, inner in value.items()}
    return [masked(inner, mask) for inner in value] if isinstance(value, list) else value


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
        """What kind of object it is."""
        return self.object["kind"]

    @property
    def pod(self) -> dict[str, Any]:
        """The pod template of a workload."""
        spec = self.object["spec"]
        return (spec["jobTemplate"]["spec"] if self.kind == "CronJob" else spec)["template"]

    @property
    def container(self) -> dict[str, Any]:
        """The container of a workload's pod; those beside it tell a scraper of it."""
        return self.pod["spec"]["containers"][0]

    @property
    def containers(self) -> list[dict[str, Any]]:
        """The container, and those that run before or beside it."""
        spec = self.pod["spec"]
        return [*(spec.get("initContainers") or []), *spec["containers"]]

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
            if "secretKeyRef" in one.get("valueFrom", {})
        }
        return {name: (found["name"], found["key"]) for name, found in references.items()}


class Cluster(Mocks):
    """Fills in what only a cluster or a real run can tell: names, addresses, random text."""

    def __init__(self, preview: bool) -> None:
        """Leave all of it unknown in a preview."""
        self.preview = preview

    def call(self, args: Any) -> tuple[dict[str, Any], None]:
        """Refuse: what the cluster has is asked before the program declares anything."""
        raise AssertionError(f"the program asks the cluster for {args.token}")

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Return the id and the state of a resource."""
        state = dict(args.inputs)
        if args.typ.startswith("kubernetes:"):
            name = UNKNOWN if self.preview else args.name
            state["metadata"] = {"name": name, **state["metadata"]}
        if args.typ.endswith(":RandomText"):
            drawn = args.inputs.get("value") or f"Generated-for-{args.name}"
            state["value"] = UNKNOWN if self.preview else drawn
        if args.typ.endswith(":Previous"):
            state["previous"] = UNKNOWN if self.preview else ""
        if args.typ.endswith((":Authority", ":ServerCertificate")):
            for name in ("certificate", "key"):
                state[name] = UNKNOWN if self.preview else f"{name} of {args.name}"
        if args.typ.endswith(":Quiesced"):
            state["previous_image"] = UNKNOWN if self.preview else args.inputs["running_image"]
            state["times"] = UNKNOWN if self.preview else 0
        return f"id-of-{args.name}", state


class Monitor(MockMonitor):
    """Stands in for the engine, and keeps every registration."""

    def __init__(self, preview: bool = False) -> None:
        """Keep nothing yet.

        Args:
            preview: as for `run`.
        """
        super().__init__(Cluster(preview))
        self.declared: list[Declared] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  the name of the call
        """Keep what the program declares, and answer as mocks do."""
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
class Run:
    """What one run of the program declared.

    Attributes:
        declared: every resource, in order.
        outputs: the stack's outputs, secrets opened.
        secret_outputs: the names of those that are secrets.
    """

    declared: list[Declared]
    outputs: dict[str, Any]
    secret_outputs: set[str]


def run(
    settings: Settings,
    existing: Existing,
    image_names: Callable[[str, str | None], Mapping[str, str]],
    *,
    preview: bool = False,
) -> Run:
    """Run the program.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
        image_names: as for `stack.build`.
        preview: leave unknown what only a cluster or a real run can tell.
    """
    # Pulumi takes the thread's own, and what ran before may have closed it.
    asyncio.set_event_loop(asyncio.new_event_loop())
    monitor = Monitor(preview)
    pulumi.runtime.set_mocks(
        monitor.mocks, names.PROJECT, settings.stack, preview=preview, monitor=monitor
    )
    found = Run(monitor.declared, {}, set())

    @pulumi.runtime.test
    def build() -> pulumi.Output[Any]:
        async def look(name: str, output: pulumi.Output[Any]) -> None:
            found.outputs[name] = await output.future()
            if await output.is_secret():
                found.secret_outputs.add(name)

        made = stack.build(settings, existing, image_names)
        looks = [look(name, pulumi.Output.from_input(value)) for name, value in made.items()]
        return pulumi.Output.all(*looks)

    build()
    return found
