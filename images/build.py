"""Builds the images that are missing."""

import fcntl
import os
import shutil
import ssl
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from images.builders import Builder
from images.names import BASE, ROOM, image_names, is_input, needed
from toolchain.paths import cache_directory
from toolchain.process import say
from toolchain.progress import Progress

PIP_SETTINGS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")
"""What pip takes from the host, where the host says so: where packages come from."""

SECONDS = {BASE: 40, "postgres": 25, "minio": 5, "seaweedfs": 5, "mlflow": 80, "prometheus": 10}
"""How long each takes on the machine of the README's table."""

CERTIFICATES = "certificates.crt"
"""The host's certificate authorities in a build's context, beside what the image is made of."""


def missing(builder: Builder, wanted: Collection[str] = tuple(needed())) -> list[str]:
    """Tell which images have to be built.

    Args:
        builder: where they would be.
        wanted: those that it is about.

    Returns:
        Their keys in `image_names`. The base counts only while an image on it has to be built.
    """
    names = image_names()
    children = [name for name in wanted if not builder.has(names[name])]
    needs_base = children and not builder.has(names[BASE])
    return [BASE, *children] if needs_base else children


def build(
    builder: Builder,
    binaries: Mapping[str, Path],
    wanted: Collection[str] = tuple(needed()),
) -> dict[str, str]:
    """Build the images that are missing, one after the other, and say so.

    Args:
        builder: builds and keeps them.
        binaries: static programs for Linux, by the image that they go into. Looked at only when
            that image is built.
        wanted: the images that the builder is to have.

    Returns:
        Names of all images. The builder has those that are wanted now.

    Raises:
        Failed: one could not be built; those finished before it stay.
    """
    names = image_names()
    if not missing(builder, wanted):
        return names
    with _one_at_a_time():
        parts = missing(builder, wanted)
        if not parts:
            return names
        progress = Progress("built image", {name: SECONDS[name] for name in parts})
        say(f"Building images with {builder.program}: {progress}")
        with progress.shown():
            for name in parts:
                with progress.part(name):
                    parent = builder.debian() if name == BASE else names[BASE]
                    _build(builder, name, names[name], parent, binaries)
    return names


def build_variant(builder: Builder, name: str, image: str, change: Callable[[Path], None]) -> None:
    """Build an image of changed files, such as another version to be dealt with.

    Args:
        builder: builds and keeps it; has the base already, or an image on it.
        name: the image that it is a variant of.
        image: its own name.
        change: changes the files in the directory that it is called with.

    Raises:
        Failed: it could not be built.
    """
    with _one_at_a_time():
        if not builder.has(image):
            say(f"Building {image}")
            _build(builder, name, image, image_names()[BASE], {}, change)


def _build(
    builder: Builder,
    name: str,
    image: str,
    parent: str | None,
    binaries: Mapping[str, Path],
    change: Callable[[Path], None] = lambda _: None,
) -> None:
    with tempfile.TemporaryDirectory(prefix=f"mlplatform-{name}-") as directory:
        context = Path(directory)
        for source in filter(is_input, (ROOM / name).rglob("*")):
            target = context / source.relative_to(ROOM / name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        change(context)
        arguments = {} if parent is None else {"BASE": parent}
        if name in binaries:
            shutil.copy(binaries[name], context)
        if name == "mlflow":
            arguments |= _pip_arguments(context)
        builder.build(image, context, arguments)


def _pip_arguments(context: Path) -> dict[str, str]:
    arguments = {name: os.environ[name] for name in PIP_SETTINGS if name in os.environ}
    trusted = os.environ.get("PIP_CERT") or ssl.get_default_verify_paths().cafile
    if trusted is not None:
        # Copied, not mounted: docker build mounts nothing. The stage that has it is thrown away.
        shutil.copy(trusted, context / CERTIFICATES)
        arguments["PIP_CERT"] = f"/build/{CERTIFICATES}"
    return arguments


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (cache_directory() / "images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
