"""Images that hold a few static programs and nothing else, written without a builder.

The format is that of `docker save`, which containerd, Docker and `minikube image load` all read:
https://github.com/moby/docker-image-spec/blob/main/spec.md#combined-image-json--filesystem-changeset-format
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from toolchain.programs import machine_architecture


@dataclass(frozen=True, kw_only=True)
class ScratchImage:
    """An image FROM scratch.

    Attributes:
        name: repository and tag, as a pod names it.
        files: path in the image -> file on this machine.
        links: path in the image -> where the link points.
        entrypoint: what runs when a pod names no command.
        user: numeric user and group.
    """

    name: str
    files: Mapping[str, Path]
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    entrypoint: Sequence[str] = ()
    user: str = "0:0"


def write(image: ScratchImage, target: Path) -> None:
    """Write an image archive to `target`."""
    layer = target.with_suffix(".layer")
    _write_layer(image, layer)
    config = json.dumps(
        {
            "architecture": machine_architecture(),
            "os": "linux",
            "config": {
                "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                "Entrypoint": list(image.entrypoint),
                "User": image.user,
            },
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_digest(layer)}"]},
        }
    ).encode()
    manifest = [{"Config": "config.json", "RepoTags": [image.name], "Layers": ["layer.tar"]}]
    with tarfile.open(target, "w") as archive:
        _add_bytes(archive, "config.json", config)
        _add_bytes(archive, "manifest.json", json.dumps(manifest).encode())
        archive.add(layer, "layer.tar", filter=_reproducible)
    layer.unlink()


def _write_layer(image: ScratchImage, layer: Path) -> None:
    with tarfile.open(layer, "w") as archive:
        # The kubelet mounts into these, and a pod of one's own may need a /tmp.
        for name, mode in (("etc", 0o755), ("tmp", 0o1777)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            archive.addfile(entry)
        for name, path in sorted(image.files.items()):
            archive.add(path.resolve(), name.lstrip("/"), filter=_reproducible)
        for name, points_to in sorted(image.links.items()):
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.type, entry.linkname = tarfile.SYMTYPE, points_to
            archive.addfile(entry)


def _reproducible(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
