"""The init container that brings the model's own requirements, where its settings say so.

They are resolved together with what the server is made of, so that all fits; what the image has in
another version, or not at all, goes into a directory that Python looks into first.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import distributions, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mlplatform_server.serving.requirements import installed_version
from mlplatform_server.waiting import fail_for_good, required

_SERVER = ("mlflow", "prometheus-client")
_WHATEVER_THE_MODEL_WANTS = ("mlflow", "mlflow-skinny", "mlflow-tracing")
"""The server's own are as good: MLflow reads what its older releases wrote."""
_LONGEST = 300
_UNREACHED = ("Failed to fetch", "Failed to download", "error sending request")
"""What uv says where another try may help."""


def main() -> None:
    """Install what the model of the pod requires, unless that was done before a restart."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    install(Path(required("MODEL_DIRECTORY")) / "requirements.txt", Path(required("PYTHONPATH")))


def install(requirements: Path, target: Path) -> None:
    """Have a directory with all that differs from the image.

    No code of a package runs meanwhile: only wheels are taken.

    Args:
        requirements: the model's, as pip takes them; a model without any needs nothing.
        target: the directory.

    Raises:
        SystemExit: they cannot be had; for good if they contradict each other or the server.
    """
    wanted = requirements.read_text() if requirements.exists() else ""
    key = sha256(f"{sys.version} {wanted}".encode()).hexdigest()
    mark = target / ".installed"
    if mark.exists() and mark.read_text() == key:
        return
    began = time.monotonic()
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        missing = [one for one in _resolved(wanted, Path(scratch)) if _differs(one)]
        if missing:
            file = _written(Path(scratch) / "missing.txt", missing)
            _uv("install", "--no-deps", f"--target={target}", f"--requirement={file}")
    mark.write_text(key)
    took_s = time.monotonic() - began
    print(f"{len(missing)} packages were installed in {took_s:.0f} s", flush=True)


def _resolved(wanted: str, scratch: Path) -> Sequence[str]:
    """Every package that the model and the server need together, with its version."""
    model = _written(scratch / "model.txt", [wanted])
    server = _written(scratch / "server.txt", _pinned(_SERVER))
    overrides = _written(scratch / "overrides.txt", _pinned(_WHATEVER_THE_MODEL_WANTS))
    # What it finds there it keeps where it may.
    output = _written(
        scratch / "resolved.txt", [f"{one.name}=={one.version}" for one in distributions()]
    )
    _uv(
        *("compile", str(model), str(server), f"--override={overrides}"),
        *("--no-annotate", "--no-header", f"--output-file={output}"),
    )
    return output.read_text().splitlines()


def _pinned(packages: Sequence[str]) -> list[str]:
    return [f"{name}=={version(name)}" for name in packages]


def _differs(line: str) -> bool:
    package = Requirement(line)
    there = installed_version(canonicalize_name(package.name))
    return there is None or not package.specifier.contains(there, prereleases=True)


def _written(file: Path, lines: Sequence[str]) -> Path:
    file.write_text("\n".join(lines))
    return file


def _uv(command: str, *arguments: str) -> None:
    how = ("--quiet", "--only-binary=:all:", f"--python={sys.executable}")
    found = subprocess.run(
        [sys.executable, "-m", "uv", "pip", command, *arguments, *how],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "UV_NO_CONFIG": "true", "UV_PYTHON_DOWNLOADS": "never"},
    )
    if found.returncode:
        said = " ".join(found.stderr.split())
        message = f"Its requirements cannot be installed: {said[:_LONGEST]}"
        if any(one in said for one in _UNREACHED):
            sys.exit(message)
        fail_for_good(message)


if __name__ == "__main__":
    main()
