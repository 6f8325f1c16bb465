"""The init container: brings the pinned version's files, which the server then reads.

It alone knows how to reach MLflow and the store: a model is code of others, and runs without.
"""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from mlplatform_server.serving import pin
from mlplatform_server.waiting import fail_for_good, required


def main() -> None:
    """Fetch what the environment names, unless that was done before a restart."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    pinned = required_pin()
    directory = Path(required("MODEL_DIRECTORY"))
    fetched = directory.with_name("fetched")
    if fetched.exists() and fetched.read_text() == pinned.text():
        return
    from mlflow.artifacts import download_artifacts

    shutil.rmtree(directory, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=directory.parent) as scratch:
        arrived = download_artifacts(artifact_uri=pinned.source, dst_path=scratch)
        Path(arrived).rename(directory)
    if not (directory / "MLmodel").exists():
        fail_for_good(f"There is no model at {pinned.source}")
    fetched.write_text(pinned.text())


def required_pin() -> pin.Pin:
    """Return the pin; where there is none, wait to be replaced by a pod that has one."""
    pinned = pin.read(os.environ.get("MODEL_PIN", ""))
    if pinned is None:
        print("No version is pinned yet: see the promoter", flush=True)
        signal.pause()
        sys.exit(0)
    return pinned


if __name__ == "__main__":
    main()
