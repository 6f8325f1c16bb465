"""MLflow's servers, stopped before their database is migrated for another image.

MLflow 3.17 wants all writers stopped before a migration, and no two versions on one database. A
Deployment alone cannot do that: it starts the new pods before, beside or after the old ones, but
never waits in between.
"""

import subprocess
import time
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from mlplatform import names
from mlplatform.placement import selector_labels

_REQUEST_TIMEOUT_S = 10
# A durable pod drains for 45 s and is killed then.
_STOP_TIMEOUT_S = 120
_POLL_S = 0.5


class NotStopped(Exception):
    """The servers of before could not be stopped; they run again, as far as that can be had."""


class QuiescedProvider(ResourceProvider):
    """Stops servers of other images.

    The state refers to this class by module and name: renaming either breaks existing stacks.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Stop them too where the stack is new and servers run: its state was lost."""
        _stop_others(props)
        known = {"previous_image": props["running_image"], "times": 0}
        return CreateResult("quiesced", {**props, **known})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Find a change in another image alone."""
        return DiffResult(changes=olds["image"] != news["image"])

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Stop the servers, and remember what they were."""
        _stop_others(news)
        known = {"previous_image": news["running_image"], "times": int(olds["times"]) + 1}
        return UpdateResult({**news, **known})


class Quiesced(Resource, module="mlplatform", name="Quiesced"):
    """The moment at which no server of another image than the given one runs.

    Attributes:
        previous_image: the image that the servers had before; "" where there were none.
        times: how often another image has come. It changes what starts the servers into something
            new: Pulumi would leave a Deployment at zero that is as it was.
    """

    previous_image: pulumi.Output[str]
    times: pulumi.Output[int]

    def __init__(
        self,
        name: str,
        *,
        context: str,
        stack: str,
        namespace: pulumi.Input[str],
        image: str,
        running_image: str | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it.

        Args:
            name: name of the resource.
            context: kubeconfig context of the cluster.
            stack: name of the stack.
            namespace: name of its namespace, known once that exists.
            image: image of the servers that may run.
            running_image: image of the servers that do; None where there are none.
            opts: options of the resource.
        """
        inputs = {
            "context": context,
            "stack": stack,
            "namespace": namespace,
            "image": image,
            "running_image": running_image or "",
            "previous_image": None,
            "times": None,
        }
        super().__init__(QuiescedProvider(), name, inputs, opts)


def _stop_others(props: dict[str, Any]) -> None:
    """Stop what runs of another image.

    Raises:
        NotStopped: they do not stop, or nobody may stop them.
    """
    if props["running_image"] in ("", props["image"]):
        return
    deployment = f"deployment/{names.MLFLOW}"
    replicas = _kubectl(props, "get", deployment, "--output=jsonpath={.spec.replicas}")
    _kubectl(props, "scale", deployment, "--replicas=0")
    try:
        _wait_until_gone(props)
    except NotStopped:
        _kubectl(props, "scale", deployment, f"--replicas={replicas}")
        raise


def _wait_until_gone(props: dict[str, Any]) -> None:
    labels = selector_labels(names.MLFLOW, props["stack"])
    selector = ",".join(f"{name}={value}" for name, value in labels.items())
    began = time.monotonic()
    while pods := _kubectl(props, "get", "pods", f"--selector={selector}", "--output=name").split():
        if time.monotonic() - began > _STOP_TIMEOUT_S:
            raise NotStopped(
                "wanted: no server on the database while it is migrated\n"
                f"  came: {', '.join(pods)} did not stop within {_STOP_TIMEOUT_S} s\n"
                " to do: see what keeps them (`make doctor`), then `make up`; nothing was migrated"
            )
        time.sleep(_POLL_S)


def _kubectl(props: dict[str, Any], *arguments: str) -> str:
    command = ["kubectl", f"--context={props['context']}", f"--namespace={props['namespace']}"]
    done = subprocess.run(
        [*command, *arguments, f"--request-timeout={_REQUEST_TIMEOUT_S}s"],
        capture_output=True,
        text=True,
        timeout=_REQUEST_TIMEOUT_S + 5,
    )
    if done.returncode:
        raise NotStopped(f"kubectl {arguments[0]} {arguments[1]}: {done.stderr.strip()}")
    return done.stdout
