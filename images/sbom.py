"""`make sbom`: what the images hold, as CycloneDX, from the lists of packages inside them.

https://cyclonedx.org/docs/1.6/json/
"""

import email.parser
import json
import os
import re
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from images.builders import Builder, find_builder
from images.names import CHILDREN, image_names
from toolchain.process import Failed, say

# https://github.com/package-url/purl-spec
_PURLS = {
    "deb": "pkg:deb/debian/{name}@{version}?distro=trixie",
    "pypi": "pkg:pypi/{name}@{version}",
    "golang": "pkg:golang/{name}@{version}",
}
# What `go version -m` looks for: https://pkg.go.dev/debug/buildinfo
_GO_MAGIC = b"\xff Go buildinf:"
_GO_HEADER_BYTES = 32
_GO_SENTINEL_BYTES = 16

Package = tuple[str, str, str]
"""Kind, name and version."""


def bill(name: str, image: str, packages: set[Package]) -> dict[str, Any]:
    """Return the bill of materials of an image.

    Args:
        name: of the image, without registry and tag.
        image: all of its name.
        packages: what it holds.
    """
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "container", "name": name, "version": image.rpartition(":")[2]}
        },
        "components": [
            {
                "type": "library",
                "name": package,
                "version": version,
                "purl": _PURLS[kind].format(name=package, version=version),
            }
            for kind, package, version in sorted(packages)
        ],
    }


def packages_in(archive: Path) -> set[Package]:
    """Return the packages that the lists in an image name.

    Args:
        archive: the image, as `docker save` writes it.
    """
    found: dict[str, set[Package]] = {}
    with tarfile.open(archive) as image:
        manifest = json.load(_opened(image, "manifest.json"))
        for layer in manifest[0]["Layers"]:
            # A later layer's list takes the place of an earlier one's.
            with tarfile.open(fileobj=_opened(image, layer)) as files:
                for file in files:
                    read = _reader(file)
                    if read is not None:
                        found[file.name] = set(read(_opened(files, file).read()))
    return set().union(*found.values())


def _opened(archive: tarfile.TarFile, name: str | tarfile.TarInfo) -> Any:
    file = archive.extractfile(name)
    if file is None:
        raise ValueError(f"{name} of {archive.name} is no file")
    return file


def _reader(file: tarfile.TarInfo) -> Callable[[bytes], Iterator[Package]] | None:
    """What reads a list of packages; None for every other file."""
    if not file.isfile():
        return None
    if file.name.endswith("var/lib/dpkg/status"):
        return _of_debian
    if file.name.endswith(".dist-info/METADATA"):
        return _of_python
    if re.search(r"usr/local/bin/[\w-]+$", file.name):
        return _of_go
    return None


def _of_debian(status: bytes) -> Iterator[Package]:
    for paragraph in status.decode().split("\n\n"):
        fields = email.parser.HeaderParser().parsestr(paragraph)
        if fields.get("Status", "").endswith(" installed"):
            yield "deb", fields["Package"], fields["Version"]


def _of_python(metadata: bytes) -> Iterator[Package]:
    fields = email.parser.BytesHeaderParser().parsebytes(metadata)
    yield "pypi", re.sub(r"[-_.]+", "-", fields["Name"]).lower(), fields["Version"]


def _of_go(program: bytes) -> Iterator[Package]:
    """The modules that a Go program says it is made of; nothing where it is none."""
    at = program.find(_GO_MAGIC)
    if at < 0:
        return
    version, end = _text(program, at + _GO_HEADER_BYTES)
    modules, _ = _text(program, end)
    yield "golang", "stdlib", version.decode().removeprefix("go").split()[0]
    for line in modules[_GO_SENTINEL_BYTES:-_GO_SENTINEL_BYTES].decode().splitlines():
        match line.split("\t"):
            case ["dep" | "=>", name, module_version, *_] if not name.startswith(("/", ".")):
                yield "golang", name, module_version


def _text(data: bytes, start: int) -> tuple[bytes, int]:
    """A text after its length, and where it ends."""
    length = shift = 0
    while True:
        byte = data[start]
        start += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return data[start : start + length], start + length


def write(builder: Builder, images: Mapping[str, str], directory: Path) -> list[Path]:
    """Write a file for each image.

    Args:
        builder: has the images.
        images: their names, by part.
        directory: where the files go.

    Raises:
        Failed: the builder lacks one: make images.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, image in images.items():
        with tempfile.TemporaryDirectory(prefix="mlplatform-sbom-") as scratch:
            builder.export(image, Path(scratch, "image.tar"))
            found = packages_in(Path(scratch, "image.tar"))
        file = directory / f"{name}.cdx.json"
        file.write_text(json.dumps(bill(name, image, found), indent=1) + "\n")
        say(f"{file}: {len(found)} packages")
        written.append(file)
    return written


def main() -> None:
    """Write the bills of all images to the directory that TO names, or to sbom."""
    names = image_names()
    write(
        find_builder(), {one: names[one] for one in CHILDREN}, Path(os.environ.get("TO") or "sbom")
    )


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(str(failure))
