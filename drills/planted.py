"""What drills/policy.py plants: a pod that shares the node's network."""

from typing import Any, cast

from pulumi import ResourceTransformArgs, ResourceTransformResult


def transform(args: ResourceTransformArgs) -> ResourceTransformResult | None:
    """Let MLflow's pods have the network of their node."""
    if args.type_ != "kubernetes:apps/v1:Deployment":
        return None
    cast(Any, args.props)["spec"]["template"]["spec"]["hostNetwork"] = True
    return ResourceTransformResult(props=args.props, opts=args.opts)
