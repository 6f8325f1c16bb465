"""A program of the cluster's that runs beside its node, as whoever administers it."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cluster.kubectl import kubectl

_ENDS_S = 30


@contextmanager
def beside(context: str, command: Callable[[Path, Path], Sequence[Path | str]]) -> Iterator[None]:
    """Run a program until the block ends.

    Args:
        context: the cluster.
        command: makes its command line from a directory of its own and a kubeconfig in there.
    """
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        kubeconfig = directory / "kubeconfig"
        kubeconfig.touch(mode=0o600)
        kubeconfig.write_text(kubectl(context, "config", "view", "--minify", "--flatten", "--raw"))
        with (directory / "log").open("w") as log:
            process = subprocess.Popen(command(directory, kubeconfig), stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(_ENDS_S)
