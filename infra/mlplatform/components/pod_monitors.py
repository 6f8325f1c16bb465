"""What tells the Prometheus Operator of a stack: where its metrics are, and what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import yaml
from pulumi_kubernetes.apiextensions import CustomResource

from mlplatform import names
from mlplatform.components.prometheus import StoreMetrics
from mlplatform.placement import SKIP_AWAIT, Placement, selector_labels
from mlplatform.scrapes import Target

API = "monitoring.coreos.com/v1"


@dataclass(frozen=True, kw_only=True)
class PodMonitorsArgs:
    """Arguments of `PodMonitors`.

    Attributes:
        placement: the stack it belongs to.
        targets: what there is to scrape.
        alerts: the rules of the alerts, as text.
        store: the store's metrics; None where it has none.
        authority: name of the ConfigMap with the stack's own authority; None where it has none.
    """

    placement: Placement
    targets: Sequence[Target]
    alerts: str
    store: StoreMetrics | None
    authority: pulumi.Input[str] | None


class PodMonitors(pulumi.ComponentResource):
    """One PodMonitor per part, and a PrometheusRule."""

    def __init__(
        self, name: str, args: PodMonitorsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare them.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:PodMonitors", name, None, opts)
        placement = args.placement
        for part in dict.fromkeys(target.part for target in args.targets):
            CustomResource(
                f"{name}-{part}",
                api_version=API,
                kind="PodMonitor",
                metadata=placement.metadata(part, part, SKIP_AWAIT),
                spec={
                    "selector": {"matchLabels": selector_labels(part, placement.stack)},
                    "podMetricsEndpoints": [
                        _endpoint(target, args) for target in args.targets if target.part == part
                    ],
                },
                opts=pulumi.ResourceOptions(parent=self),
            )
        CustomResource(
            f"{name}-alerts",
            api_version=API,
            kind="PrometheusRule",
            metadata=placement.metadata(names.PROMETHEUS, names.PROJECT, SKIP_AWAIT),
            spec=yaml.safe_load(args.alerts),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _endpoint(target: Target, args: PodMonitorsArgs) -> dict[str, Any]:
    endpoint: dict[str, Any] = {"port": target.port, "path": target.path}
    if not target.needs_token or args.store is None:
        return endpoint
    credentials = {"name": args.store.token.name, "key": "token"}
    endpoint["authorization"] = {"credentials": credentials}
    if args.store.has_tls:
        authority = {"configMap": {"name": args.authority, "key": "ca.crt"}}
        endpoint |= {"scheme": "https", "tlsConfig": {"ca": authority, "serverName": names.MINIO}}
    return endpoint
