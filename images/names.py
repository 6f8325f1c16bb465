"""What each image is called: its version, and a hash of everything it is made of."""

import hashlib
import re
from pathlib import Path

from toolchain.paths import ROOT
from toolchain.programs import machine_architecture

ROOM = Path(__file__).resolve().parent
LOCAL_REGISTRY = "localhost/mlplatform"
"""Not a registry: a missing image fails at once, and no pull leaves the machine."""

_USUAL_ARCHITECTURE = "amd64"
BASE = "base"
CHILDREN = ("postgres", "minio", "seaweedfs", "mlflow", "prometheus")
_STORES = ("minio", "seaweedfs")
_MORE_INPUTS = {
    "minio": ("toolchain/modules/minio",),
    "seaweedfs": ("toolchain/wheels/seaweedfs.txt",),
}


def image_names(registry: str | None = None, architecture: str | None = None) -> dict[str, str]:
    """Name every image by its content, so that a changed file is a new tag and never a stale image.

    Args:
        registry: host and path that the name begins with; `LOCAL_REGISTRY` when None.
        architecture: of the nodes that run it, in Go's words; this machine's when None.

    Returns:
        Names by image: base and `CHILDREN`. A name holds the version that the
        Containerfile's label states and twelve hexadecimal digits of a hash of the image's files,
        of its base's too. An architecture that most nodes are not of ends it: an image of one
        must not take the place of another's in a registry.
    """
    chosen = architecture or machine_architecture()
    ending = "" if chosen == _USUAL_ARCHITECTURE else f"-{chosen}"
    base_hash = _hash(BASE, "")
    hashes = {BASE: base_hash} | {name: _hash(name, base_hash) for name in CHILDREN}
    return {
        name: f"{registry or LOCAL_REGISTRY}/{name}:{_version(name)}-{digest[:12]}{ending}"
        for name, digest in hashes.items()
    }


def needed(store: str = "minio", *, monitored: bool = False) -> list[str]:
    """Return the images that a stack needs.

    Args:
        store: the program that keeps its artifacts.
        monitored: whether anything reads its metrics.
    """
    unused = {name for name in _STORES if name != store}
    if not monitored:
        unused.add("prometheus")
    return [name for name in CHILDREN if name not in unused]


def _version(name: str) -> str:
    containerfile = (ROOM / name / "Containerfile").read_text()
    label = re.search(r'^LABEL org\.opencontainers\.image\.version="(.+)"$', containerfile, re.M)
    if label is None:
        raise ValueError(f"images/{name}/Containerfile has no LABEL with the image's version")
    return label[1]


def _hash(name: str, base_hash: str) -> str:
    digest = hashlib.sha256(base_hash.encode())
    places = [ROOM / name, *(ROOT / more for more in _MORE_INPUTS.get(name, ()))]
    found = (path for place in places for path in (place, *sorted(place.rglob("*"))))
    for path in filter(is_input, found):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def is_input(path: Path) -> bool:
    """Tell whether a path is a file that an image is made of, and not a left-over of running it."""
    return path.is_file() and "__pycache__" not in path.parts
