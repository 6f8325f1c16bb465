import subprocess
import sys

from toolchain.paths import ROOT


def test_the_front_door_opens_to_a_python_without_packages() -> None:
    """The first `make up` of anybody: it is what installs them."""
    without_packages = [sys.executable, "-S", "-m", "front_door", "nothing"]
    ended = subprocess.run(
        without_packages, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.stderr.startswith("wanted: one of toolchain, ")
