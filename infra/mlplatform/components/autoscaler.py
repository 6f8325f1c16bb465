"""As many pods as there is work for, within bounds."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.autoscaling.v2 import (
    CrossVersionObjectReferenceArgs,
    HorizontalPodAutoscaler,
    HorizontalPodAutoscalerSpecArgs,
    MetricSpecArgs,
    MetricTargetArgs,
    ResourceMetricSourceArgs,
)

from mlplatform.placement import Placement


@dataclass(frozen=True, kw_only=True)
class AutoscalerArgs:
    """Arguments of `Autoscaler`.

    Attributes:
        placement: the stack it belongs to.
        part: the part of the stack whose Deployment it scales.
        replicas: the fewest pods.
        max_replicas: the most pods.
        at_cpu: use of a pod, on average, above which there come more: a Kubernetes quantity.
    """

    placement: Placement
    part: str
    replicas: int
    max_replicas: int
    at_cpu: str


class Autoscaler(pulumi.ComponentResource):
    """A HorizontalPodAutoscaler of a Deployment, which needs the cluster's metrics-server.

    It measures use, not use by request: a pod is one process, which keeps about one core busy at
    most, whatever it requests.
    """

    def __init__(
        self, name: str, args: AutoscalerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the autoscaler.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of the autoscaler.
        """
        super().__init__("mlplatform:index:Autoscaler", name, None, opts)
        target = MetricTargetArgs(type="AverageValue", average_value=args.at_cpu)
        HorizontalPodAutoscaler(
            f"{name}-autoscaler",
            metadata=args.placement.metadata(args.part, args.part),
            spec=HorizontalPodAutoscalerSpecArgs(
                scale_target_ref=CrossVersionObjectReferenceArgs(
                    api_version="apps/v1", kind="Deployment", name=args.part
                ),
                min_replicas=args.replicas,
                max_replicas=args.max_replicas,
                metrics=[
                    MetricSpecArgs(
                        type="Resource",
                        resource=ResourceMetricSourceArgs(name="cpu", target=target),
                    )
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
