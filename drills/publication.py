"""What leads to a filled stack's hosts, changed there and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cluster.kubectl import get, kubectl
from drills.filled import Filled
from drills.in_force import objects_of, seen
from drills.row import Row
from drills.unexposed import INGRESS_CLASS, hidden
from front_door import pulumi, smoke
from front_door.request import Request

GATEWAY = "infra/public"
_GROUP = "gateway.networking.k8s.io"
_ROUTES = f"httproutes.{_GROUP}"


def run(stack: Filled) -> Iterator[Row]:
    """Another class of Ingress, routes of a gateway, and no host for the store."""
    request = stack.stand.request
    with hidden(request):
        yield _there_and_back(stack, "ingressClass", INGRESS_CLASS, "traefik")
    with _routes(request):
        yield _there_and_back(stack, "gateway", GATEWAY, "auto", _ROUTES)
        yield _refused_anothers(stack)
    yield _without_a_host_for_the_store(stack)


def _there_and_back(stack: Filled, key: str, there: str, back: str, *more_kinds: str) -> Row:
    """Deploy with another value, then with the old one, and look at the content afterwards."""
    stand = stack.stand
    stand.up({key: there})
    now = seen(key, objects_of(stand.request, *more_kinds))
    stand.up({key: back})
    return _row(stack, f"{key}: {there} and back", now == there, f"it is {now}")


def _without_a_host_for_the_store(stack: Filled) -> Row:
    """Let only the cluster reach the store, and judge the stack meanwhile."""
    stand = stack.stand
    stand.up({"minioPublished": "false"})
    now = seen("minioPublished", objects_of(stand.request))
    smoke.run_suite(stand.request, "smoke_tests/test_evidence.py")
    stand.up({"minioPublished": "true"})
    return _row(stack, "minioPublished: false and back", now == "false", f"it is {now}")


def _row(stack: Filled, what: str, in_force: bool, otherwise: str) -> Row:
    lost = stack.lost()
    figure = f"{'in force' if in_force else otherwise}, {lost} lost"
    return Row(what, "in force, 0 lost", figure, passed=in_force and not lost)


def _refused_anothers(stack: Filled) -> Row:
    """Ask for a host that a route of another namespace serves."""
    request = stack.stand.request
    host = stack.stand.settings.tracking_uri.rpartition("/")[2]
    route: dict[str, Any] = {
        "apiVersion": f"{_GROUP}/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": request.stack, "namespace": "default"},
        "spec": {"hostnames": [host]},
    }
    kubectl(request.context_name, "apply", "--filename=-", stdin=json.dumps(route))
    pulumi.configure(request.stack, {"gateway": GATEWAY})
    said = stack.refusal(request.stack)
    pulumi.configure(request.stack, {"gateway": "auto"})
    kubectl(request.context_name, "delete", _ROUTES, request.stack, "--namespace=default")
    refused = f"'{host}', which namespace default serves" in said
    figure = "refused" if refused else "not refused"
    return Row("gateway: a host that a route of others serves", "refused", figure, refused)


@contextmanager
def _routes(request: Request) -> Iterator[None]:
    """Let the cluster know HTTPRoutes and Gateways, which nobody serves, until the block ends."""
    context = request.context_name
    kind = "customresourcedefinition"
    if get(context, kind, _ROUTES):
        yield
        return
    kinds = [_kind("httproute", "HTTPRoute"), _kind("gateway", "Gateway")]
    named = [f"{kind}/{one['metadata']['name']}" for one in kinds]
    manifest = {"apiVersion": "v1", "kind": "List", "items": kinds}
    kubectl(context, "apply", "--filename=-", stdin=json.dumps(manifest))
    try:
        kubectl(context, "wait", "--for=condition=Established", *named)
        yield
    finally:
        kubectl(context, "delete", *named)


def _kind(singular: str, kind: str) -> dict[str, Any]:
    """Define a kind of the Gateway API that takes anything."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{singular}s.{_GROUP}",
            # https://github.com/kubernetes/enhancements/pull/1111
            "annotations": {"api-approved.kubernetes.io": "unapproved, a stand-in of a drill"},
        },
        "spec": {
            "group": _GROUP,
            "scope": "Namespaced",
            "names": {"plural": f"{singular}s", "singular": singular, "kind": kind},
            "versions": [version | {"schema": {"openAPIV3Schema": anything}}],
        },
    }
