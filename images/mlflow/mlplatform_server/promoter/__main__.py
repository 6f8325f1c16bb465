"""The promoter's process: looks after every model of the stack, every few seconds."""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import requests
from prometheus_client import Counter, start_http_server

from mlplatform_server.promoter import decision, rollout
from mlplatform_server.promoter.cluster import STATE, Cluster
from mlplatform_server.promoter.decision import State
from mlplatform_server.promoter.registry import Registry
from mlplatform_server.serving import pin
from mlplatform_server.waiting import required

METRICS_PORT = 9090
_POLL_S = 5.0
_POLL_IN_ROLLOUT_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Served:
    """A model that is served.

    Attributes:
        part: the part of the stack, and the name of its Deployment.
        name: name of the registered model.
        alias: the alias that says which version.
        image: the image of versions that name none; None where they may not.
    """

    part: str
    name: str
    alias: str
    image: str | None = None


class Promoter:
    """Looks after the models."""

    def __init__(self, cluster: Cluster, registry: Registry, tag: str) -> None:
        """Begin.

        Args:
            cluster: where they run.
            registry: where their versions are.
            tag: key of the tag that is a version's receipt.
        """
        self._cluster = cluster
        self._registry = registry
        self._tag = tag
        self._states: dict[str, State] = {}
        self._promotions = Counter(
            "mlplatform_promotions", "Versions that were tried, by result", ["model", "result"]
        )

    def look_after(self, served: Served) -> bool:
        """Do what there is to do for one model now.

        Args:
            served: the model.

        Returns:
            Whether a version is on its way.

        Raises:
            requests.RequestException: the cluster does not answer; the next time goes on.
        """
        deployment = self._cluster.deployment(served.part)
        remembered = deployment["metadata"].get("annotations", {}).get(STATE, "{}")
        template = deployment["spec"]["template"]["metadata"].get("annotations", {})
        state, pinned = (
            decision.read(json.loads(remembered)),
            pin.read(template.get(pin.ANNOTATION, "")),
        )
        step = decision.decide(
            state,
            pinned,
            self._registry.resolve(served.name, served.alias, served.image),
            rollout.read(deployment, self._cluster.pods(served.part)),
            datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        if (step.pin, step.state) != (pinned, state):
            self._cluster.pin(served.part, step.pin, step.state)
            print(f"{served.name}@{served.alias}: {_words(step)}", flush=True)
        if step.result is not None:
            self._promotions.labels(model=served.name, result=step.result).inc()
        self._states[served.part] = step.state
        if step.state.owed:
            self._settle(served, step)
        return step.pin is not None and step.pin != step.state.good

    def _settle(self, served: Served, step: decision.Step) -> None:
        """Tell the registry what it is owed; what it does not hear now stays owed."""
        serving = {
            (state.good.name, state.good.version)
            for part, state in self._states.items()
            if state.good is not None and part != served.part
        }
        left = tuple(
            receipt
            for receipt in step.state.owed
            # Under another alias it may serve on.
            if not (
                receipt.text.startswith("retired") and (receipt.name, receipt.version) in serving
            )
            and not self._registry.tell(self._tag, receipt)
        )
        if left != step.state.owed:
            self._cluster.pin(served.part, step.pin, replace(step.state, owed=left))


def _words(step: decision.Step) -> str:
    """What was decided, for the log."""
    state = step.state
    pinned = f"version {step.pin.version}" if step.pin else "no version"
    more = (
        f"version {state.failure.pin.version} failed: {state.failure.cause}"
        if state.failure
        else ""
    )
    return "; ".join(filter(None, [f"pinned to {pinned}", step.result, more, state.trouble]))


def main() -> None:
    """Look after the models that the environment names, until the process is ended."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    models = [Served(**one) for one in json.loads(required("MODELS"))]
    promoter = Promoter(
        Cluster(required("NAMESPACE")),
        Registry(required("MLFLOW_TRACKING_URI"), _login(os.environ)),
        f"mlplatform.{required('STACK')}",
    )
    start_http_server(METRICS_PORT)
    said = ""
    while True:
        on_its_way = False
        for served in models:
            try:
                on_its_way |= promoter.look_after(served)
            except requests.RequestException as error:
                if str(error) != said:
                    print(f"{served.part}: {error}", file=sys.stderr, flush=True)
                said = str(error)
        time.sleep(_POLL_IN_ROLLOUT_S if on_its_way else _POLL_S)


def _login(environment: Mapping[str, str]) -> tuple[str, str] | None:
    name = environment.get("MLFLOW_TRACKING_USERNAME")
    return (name, environment["MLFLOW_TRACKING_PASSWORD"]) if name else None


if __name__ == "__main__":
    main()
