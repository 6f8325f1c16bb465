"""What no setting is for: has the last word on every object before it goes to the cluster.

pulumi config set transforms presets/transform.py

https://www.pulumi.com/docs/iac/concepts/options/transforms/
"""

from typing import Any, cast

from pulumi import ResourceTransformArgs, ResourceTransformResult


def transform(args: ResourceTransformArgs) -> ResourceTransformResult | None:
    """Spread MLflow's pods over zones, as an example.

    Args:
        args: a resource, with its fields as a manifest has them.

    Returns:
        What it is to be instead; None leaves it as it is.
    """
    if args.type_ != "kubernetes:apps/v1:Deployment":
        return None
    manifest = cast(Any, args.props)
    constraint = {
        "topologyKey": "topology.kubernetes.io/zone",
        "maxSkew": 1,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": manifest["spec"]["selector"],
    }
    pod = manifest["spec"]["template"]["spec"]
    pod["topologySpreadConstraints"] = [*pod.get("topologySpreadConstraints", []), constraint]
    return ResourceTransformResult(props=args.props, opts=args.opts)
