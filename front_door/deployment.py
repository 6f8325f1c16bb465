"""A stack from nothing to judged: tools, cluster, images, `pulumi up`, smoke tests."""

import concurrent.futures
import os

from cluster import lifecycle
from cluster.bare import host
from cluster.kind import Kind
from cluster.report import report
from front_door import destroy, models, pulumi, smoke
from front_door.phases import Phases
from front_door.request import Request
from images.deliver import build_ahead, deliver, programs_needed
from images.deliver import check as check_builder
from toolchain import build, selection, virtual_environment
from toolchain.paths import ROOT
from toolchain.process import Failed, say


def toolchain(request: Request, *, with_images: bool = False) -> None:
    """Build and install what this machine lacks for the request, and put it on PATH.

    Args:
        request: which stack, and where.
        with_images: also what images that have to be built are made of.
    """
    on_minikube = request.kind is not Kind.NAMED
    lacking = selection.lacking(minikube=on_minikube, node=request.kind is Kind.NODE)
    selection.explain(lacking)
    virtual_environment.create()
    # One waits for the processor, the other for the network.
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        packages = pool.submit(virtual_environment.ensure)
        images = programs_needed(request.destination) if with_images else []
        build.ensure([*lacking, *images])
        packages.result()
    selection.activate(lacking)
    pulumi.prepare()


def prepare(request: Request, phases: Phases) -> None:
    """Tools, cluster and images: all that a stack needs, in three phases."""
    _check_checkout(request.stack)
    lifecycle.check(request.context)
    check_builder(request.kind)
    with phases.phase("toolchain"), concurrent.futures.ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(_build_images_ahead, request)
        toolchain(request, with_images=True)
        ahead.result()
    with phases.phase("cluster"):
        lifecycle.up(
            request.context,
            needs_default_class=request.needs_default_class,
            ingress_class=request.ingress_class,
        )
    with phases.phase("images"):
        deliver(request.kind, request.destination)


def _check_checkout(stack: str) -> None:
    """Refuse a checkout in which Pulumi cannot keep a new stack's settings.

    Raises:
        Failed: it may not be written to.
    """
    settings = ROOT / f"Pulumi.{stack}.yaml"
    if not (settings.exists() or os.access(ROOT, os.W_OK)):
        raise Failed(
            f"{settings}, in which Pulumi keeps the settings of stack {stack}",
            f"you may not write to {ROOT}",
            "clone the project to where you may; nothing was changed",
        )


def _build_images_ahead(request: Request) -> None:
    """Build images where a program for one is compiled, which leaves network and disk idle."""
    if programs_needed(request.destination):
        if request.kind is Kind.NODE:
            host.install_packages()
        build_ahead(request.destination)


def deploy(request: Request, phases: Phases, name: str = "") -> None:
    """Bring a stack up and judge it, in two phases.

    Args:
        request: which stack, and where; `prepare` has been there.
        phases: take the two.
        name: begins theirs, where there are several stacks.

    Raises:
        Failed: it could not be deployed, or a smoke test failed; what a person needs is printed.
    """
    with phases.phase(f"{name}pulumi up"):
        try:
            pulumi.up(request)
        except Failed:
            own = (pulumi.ownership(request.stack) or {}).get("value")
            destroy.refuse_anothers(request, own)
            say(report(request.context_name, request.namespace))
            raise
    if request.serves_models:
        models.wait(request)
    with phases.phase(f"{name}smoke tests"):
        smoke.run_suite(request)
