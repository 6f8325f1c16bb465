"""What an image holds, read from the lists of packages inside it."""

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

from images import sbom


def tar(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def sized(text: bytes) -> bytes:
    """A text after its length in groups of seven bits, as Go writes it."""
    length = len(text)
    assert 0x80 <= length < 0x4000 or length < 0x80
    return bytes([length] if length < 0x80 else [length & 0x7F | 0x80, length >> 7]) + text


MODULES = "\n".join(
    [
        "path\tx",
        "mod\tx\tv1",
        "dep\tgithub.com/a/b\tv1.2.3\th1:sum",
        "dep\told/c\tv1",
        "=>\tnew/c\tv2",
        "dep\tchanged/d\tv3",
        "=>\t/source/d\t(devel)",
    ]
)
GO = b"\x7fELF" + b"\xff Go buildinf:".ljust(32, b"\0") + sized(b"go1.26.1")
GO += sized(b"s" * 16 + MODULES.encode() + b"e" * 16)
STATUS = """Package: libc6
Status: install ok installed
Version: 2.41-12
Description: GNU C Library
 and more of it

Package: gone
Status: deinstall ok config-files
Version: 1
"""


def test_packages_of_every_kind_are_found_and_the_last_layer_has_the_last_word(
    tmp_path: Path,
) -> None:
    first = tar({"var/lib/dpkg/status": STATUS.replace("2.41-12", "2.41-1").encode()})
    second = tar(
        {
            "./var/lib/dpkg/status".removeprefix("./"): STATUS.encode(),
            "opt/x/lib/Flask_Cors-6.0.5.dist-info/METADATA": b"Name: Flask_Cors\nVersion: 6.0.5\n",
            "opt/x/lib/README": b"Name: not a package\nVersion: 1\n",
            "usr/local/bin/minio": GO,
            "usr/local/bin/entrypoint": b"#!/bin/sh\n",
        }
    )
    manifest = json.dumps([{"Layers": ["1.tar", "2.tar"]}]).encode()
    archive = tmp_path / "image.tar"
    archive.write_bytes(tar({"manifest.json": manifest, "1.tar": first, "2.tar": second}))
    packages = sbom.packages_in(archive)
    assert packages == {
        ("deb", "libc6", "2.41-12"),
        ("pypi", "flask-cors", "6.0.5"),
        ("golang", "stdlib", "1.26.1"),
        ("golang", "github.com/a/b", "v1.2.3"),
        ("golang", "old/c", "v1"),
        ("golang", "new/c", "v2"),
        ("golang", "changed/d", "v3"),
    }
    bill = sbom.bill("minio", "localhost/mlplatform/minio:2026-1", packages)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["version"] == "2026-1"
    assert "pkg:golang/github.com/a/b@v1.2.3" in {one["purl"] for one in bill["components"]}
