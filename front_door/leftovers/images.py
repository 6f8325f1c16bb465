"""The images that a stack alone has needed.

Those that this checkout names are not among them: they stay, for the next stack.
"""

import json
import re
from collections.abc import Collection

from cluster.kubectl import get
from front_door import pulumi
from front_door.request import Request
from images.names import CHILDREN, LOCAL_REGISTRY, image_names

HOLDERS = "pods,deployments,replicasets,statefulsets,controllerrevisions,jobs"
"""The kinds of objects that name images; an old ReplicaSet names one that was replaced."""


def had(request: Request, *, cluster_is_gone: bool) -> set[str]:
    """The images that the stack ever had, as its objects and its history tell: ask before the end.

    Args:
        request: which stack, and where.
        cluster_is_gone: whether there are no objects to ask.
    """
    traces = [path for trace in pulumi.traces(request.stack) for path in [trace, *trace.rglob("*")]]
    texts = [path.read_text(errors="replace") for path in traces if path.is_file()]
    if not cluster_is_gone:
        place = f"--namespace={request.namespace}"
        texts.append(json.dumps(get(request.context_name, HOLDERS, place)))
    registry = re.escape(request.image_registry or LOCAL_REGISTRY)
    name = re.compile(rf"{registry}/(?:{'|'.join(CHILDREN)}):[\w.-]+")
    found = {image for text in texts for image in name.findall(text)}
    return found - {*image_names(request.image_registry).values()}


def unneeded(request: Request, images: Collection[str], *, cluster_is_gone: bool) -> list[str]:
    """Those of the images that no other stack of the cluster has."""
    if cluster_is_gone or not images:
        return sorted(images)
    objects = get(request.context_name, HOLDERS, "--all-namespaces")
    others = [found for found in objects if found["metadata"]["namespace"] != request.namespace]
    needed = json.dumps(others)
    return sorted(image for image in images if f'"{image}"' not in needed)
