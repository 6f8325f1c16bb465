"""The programs that build images, behind one interface."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from images.names import BASE, LOCAL_REGISTRY, ROOM
from toolchain.process import Failed, run, succeeds

BUILD_TIMEOUT_S = 1800
TRANSFER_TIMEOUT_S = 600
_UNITS = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9}


class Builder(Protocol):
    """Builds images and keeps them."""

    program: str
    """The command behind it."""

    def has(self, image: str) -> bool:
        """Tell whether an image is kept here."""
        ...

    def size(self, image: str) -> int:
        """Return the bytes of an image's layers, uncompressed."""
        ...

    def debian(self) -> str | None:
        """Name the Debian image to build on, made when it is missing; None for the default.

        Raises:
            Failed: it could not be made.
        """
        ...

    def build(self, image: str, context: Path, arguments: Mapping[str, str]) -> None:
        """Build an image.

        Args:
            image: the name it gets.
            context: directory with a Containerfile and what it copies.
            arguments: build arguments. They may hold credentials of a package index, so they go
                through the environment, where `ps` does not show them.

        Raises:
            Failed: holds the last lines of the build.
        """
        ...

    def export(self, image: str, archive: Path) -> None:
        """Write an image to an archive that holds its name, as `ctr images import` takes it.

        Args:
            image: its name.
            archive: the file to write; replaced if it exists.

        Raises:
            Failed: there is no such image, or no room.
        """
        ...

    def published(self, image: str) -> bool:
        """Tell whether the registry that a name begins with has the image, and lets us see it."""
        ...

    def push(self, image: str, target: str) -> None:
        """Hand an image to a registry.

        Args:
            image: its name here.
            target: its name there, which begins with the registry's.

        Raises:
            Failed: the registry does not answer or refuses; `images.registry` says what to do.
        """
        ...

    def remove(self, image: str) -> None:
        """Forget an image, and free the space that it alone takes.

        Raises:
            Failed: there is no such image, or a container uses it.
        """
        ...


def find_builder() -> Builder:
    """Use the machine's docker where an engine answers, else buildah.

    Raises:
        Failed: there is neither.
    """
    if succeeds(["docker", "version", "--format", "{{.Server.Version}}"]):
        return Docker()
    if shutil.which(Buildah.program):
        return Buildah()
    raise Failed(
        "a program that builds images",
        "no docker engine answers, and buildah is not installed",
        "start docker, or install buildah and debootstrap (on Debian: apt-get install)",
    )


class Docker:
    """A docker engine."""

    program = "docker"

    def has(self, image: str) -> bool:
        """Tell whether an image is kept here."""
        return succeeds(["docker", "image", "inspect", image])

    def size(self, image: str) -> int:
        """Return the bytes of an image's layers, uncompressed."""
        return int(run(["docker", "image", "inspect", "--format={{.Size}}", image], timeout=20))

    def debian(self) -> str | None:
        """Take Debian from the registry that docker is set up for."""
        return None

    def build(self, image: str, context: Path, arguments: Mapping[str, str]) -> None:
        """Build an image."""
        _build(["docker", "build"], image, context, arguments)

    def export(self, image: str, archive: Path) -> None:
        """Write an image to an archive that holds its name."""
        archive.unlink(missing_ok=True)
        run(["docker", "save", "--output", archive, image], timeout=TRANSFER_TIMEOUT_S)

    def published(self, image: str) -> bool:
        """Tell whether the registry that a name begins with has the image, and lets us see it."""
        return succeeds(["docker", "manifest", "inspect", image])

    def push(self, image: str, target: str) -> None:
        """Hand an image to a registry."""
        run(["docker", "tag", image, target], timeout=20)
        try:
            run(["docker", "push", target], timeout=TRANSFER_TIMEOUT_S)
        finally:
            run(["docker", "image", "rm", target], timeout=60)

    def remove(self, image: str) -> None:
        """Forget an image, and free the space that it alone takes."""
        run(["docker", "image", "rm", image], timeout=60)


class Buildah:
    """Buildah without a container engine, as root, on a machine that need not reach a registry."""

    program = "buildah"

    def has(self, image: str) -> bool:
        """Tell whether an image is kept here."""
        return succeeds(["buildah", "inspect", "--type=image", "--format={{.FromImage}}", image])

    def size(self, image: str) -> int:
        """Return the bytes of an image's layers, uncompressed."""
        listed = run(["buildah", "images", "--json", image], timeout=60)
        number, unit = json.loads(listed)[0]["size"].split()
        return round(float(number) * _UNITS[unit])

    def debian(self) -> str | None:
        """Make the base's own base with debootstrap, from the mirror that the host uses."""
        parts = [ROOM / BASE / name for name in ("debootstrap.sh", "debootstrap.Containerfile")]
        script, containerfile = parts
        digest = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()
        image = f"{LOCAL_REGISTRY}/debian:trixie-{digest[:12]}"
        if not self.has(image):
            with tempfile.TemporaryDirectory(prefix="mlplatform-debian-") as directory:
                context = Path(directory)
                todo = "run it as root, with debootstrap installed (apt-get install debootstrap)"
                run([script, context / "root.tar"], timeout=BUILD_TIMEOUT_S, todo=todo)
                shutil.copy(containerfile, context / "Containerfile")
                self.build(image, context, {})
        return image

    def build(self, image: str, context: Path, arguments: Mapping[str, str]) -> None:
        """Build an image."""
        self._remove_abandoned(arguments.get("BASE"))
        # chroot, because other ways to isolate a build need a network and control groups of their
        # own, which a machine without a container engine does not give away. Not --force-rm: with
        # it buildah 1.28 deletes the image that a stage of nothing but FROM stands on.
        command = ["buildah", "build", "--isolation=chroot"]
        try:
            _build(command, image, context, arguments)
        except Failed as failure:
            # Buildah runs a sealed copy of itself, which the kernel refuses to seal while it has
            # that memory in its own hands (flatpak#3409): a matter of chance.
            if "sealing memfd copy" not in failure.came:
                raise
            _build(command, image, context, arguments)

    def _remove_abandoned(self, parent: str | None) -> None:
        """Remove what a build on the same parent left behind when it was killed."""
        for container in json.loads(run(["buildah", "containers", "--json"], timeout=60)) or []:
            if container["imagename"] == parent:
                run(["buildah", "rm", container["id"]], timeout=60)

    def export(self, image: str, archive: Path) -> None:
        """Write an image to an archive that holds its name."""
        archive.unlink(missing_ok=True)
        target = f"docker-archive:{archive}:{image}"
        run(["buildah", "push", image, target], timeout=TRANSFER_TIMEOUT_S)

    def published(self, image: str) -> bool:
        """Tell whether the registry that a name begins with has the image, and lets us see it."""
        try:
            run(["buildah", "manifest", "inspect", image], timeout=20)
        except Failed as failure:
            # The command is for lists of images, and calls a single one an error where it sees it.
            return "not a list type" in str(failure)
        return True

    def push(self, image: str, target: str) -> None:
        """Hand an image to a registry."""
        run(["buildah", "push", image, f"docker://{target}"], timeout=TRANSFER_TIMEOUT_S)

    def remove(self, image: str) -> None:
        """Forget an image, and free the space that it alone takes."""
        run(["buildah", "rmi", image], timeout=60)


def _proxies() -> dict[str, str]:
    """The host's proxies, which every builder lets a build have without its asking for them."""
    names = ("http_proxy", "https_proxy", "no_proxy")
    known = {*names, *map(str.upper, names)}
    return {name: value for name, value in os.environ.items() if name in known}


def _build(command: Sequence[str], image: str, context: Path, arguments: Mapping[str, str]) -> None:
    # The host's network: the mirrors and the index may be known to the host alone.
    options = ["--network=host", f"--tag={image}", f"--file={context / 'Containerfile'}"]
    arguments = {**_proxies(), **arguments}
    options += [f"--build-arg={name}" for name in arguments]
    run(
        [*command, *options, context],
        timeout=BUILD_TIMEOUT_S,
        env={**os.environ, **arguments},
        todo="mend what the last lines name and run the same command again: images that are"
        " finished stay",
    )
