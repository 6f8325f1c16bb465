"""The image of Minikube's node: as no registry is asked, a stand-in of Debian and our programs."""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from cluster import archive
from cluster.bare import node_images
from images.names import ROOM as IMAGES
from tests.rehearsals.isolation import PLACE
from toolchain import build, go, programs
from toolchain.process import Failed, run, say, succeeds

ROOM = Path(__file__).resolve().parent / "node"
DEBIAN = "debian:trixie-slim"
REPOSITORY = "rehearsal/node"
BUILD_TIMEOUT_S = 900


def ensure() -> str:
    """Make sure that the engine has the node image and Debian, and return the node image's name.

    Raises:
        Failed: one could not be made.
    """
    build.ensure([*programs.NODE, programs.KUBECTL, programs.MINIKUBE])
    if not succeeds(["docker", "image", "inspect", DEBIAN]):
        _import_debian()
    name = f"{REPOSITORY}:{_key()}"
    if not succeeds(["docker", "image", "inspect", name]):
        say(f"Building {name}")
        with tempfile.TemporaryDirectory(dir=PLACE) as directory:
            _lay_out(Path(directory))
            run(["docker", "build", "--network=host", f"--tag={name}", directory], timeout=600)
    return name


def _import_debian() -> None:
    say(f"Making {DEBIAN}")
    tar = PLACE / "debian.tar"
    run([IMAGES / "base/debootstrap.sh", tar], timeout=BUILD_TIMEOUT_S)
    run(["docker", "import", "--change", 'CMD ["bash"]', tar, DEBIAN], timeout=120)
    tar.unlink()


def _key() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in ROOM.iterdir() if path.is_file()):
        digest.update(path.read_bytes())
    for program in programs.NODE:
        digest.update(build.directory(program).name.encode())
    return digest.hexdigest()[:12]


def _lay_out(context: Path) -> None:
    for path in ROOM.iterdir():
        if path.is_file():
            shutil.copy(path, context)
    (context / "Containerfile").rename(context / "Dockerfile")
    shutil.copytree(_minikube_source() / "deploy/kicbase", context / "kicbase")
    crictl = next(program for program in programs.NODE if program.name == "crictl")
    shutil.copy(build.directory(crictl) / "bin/crictl", context)
    (context / "images").mkdir()
    for number, (image, _) in enumerate(node_images.images()):
        archive.write(image, context / "images" / f"{number}.tar")


def _minikube_source() -> Path:
    """Minikube's module, which `go` checks against the committed sums."""
    compiler = go.own()
    if compiler is None:
        raise Failed("Go 1.26 for the node image", "there is none", "install it, or PATH=...")
    cache = PLACE / "go"
    printed = run(
        [compiler, "mod", "download", "-json", "k8s.io/minikube"],
        timeout=600,
        env={
            "PATH": str(compiler.parent),
            "HOME": str(PLACE),
            "GOMODCACHE": str(cache),
            "GOFLAGS": "-modcacherw",
        },
        cwd=programs.MODULES / "minikube",
    )
    return Path(json.loads(printed)["Dir"])
