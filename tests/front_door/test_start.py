import shlex
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


def test_what_is_started_in_the_background_can_be_interrupted() -> None:
    """A shell lets it ignore that; Pulumi would wait for each of its plugins."""
    told = "import signal; print(signal.getsignal(signal.SIGINT))"
    inside = shlex.join([sys.executable, "-m", "front_door", "python", "-c", told])
    ended = subprocess.run(
        ["sh", "-c", f"trap '' INT; exec {inside}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "default_int_handler" in ended.stdout
