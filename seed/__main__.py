"""Fill the stack that the smoke tests' environment variables name: `SIZE=small python -m seed`."""

from __future__ import annotations

import os
import sys
import time

from seed.counts import planned
from seed.plan import Size, plan
from smoke_tests.client import environment, fail_fast_environment
from smoke_tests.network import resolve
from smoke_tests.settings import SettingsError, load_settings
from toolchain.process import say

CLIENT = {
    # A busy server answers late, and a large seed keeps it busy.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "120",
    # Else every run announces its address, and nobody sees the progress.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


def main() -> int:
    """Fill the stack, tell what was made, return the exit code."""
    began = time.monotonic()
    try:
        size = read_size(os.environ.get("SIZE", ""))
        settings = load_settings(os.environ)
    except (ValueError, SettingsError) as error:
        say(str(error))
        return 2
    say(f"A {size} seed for {settings.tracking_uri}: {planned(plan(size))}")
    variables = fail_fast_environment(settings) | CLIENT
    with environment(variables, settings.hosts), resolve(settings.hosts, settings.ingress_address):
        # MLflow must be imported inside: see client.environment.
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient

        from seed.fill import seed

        try:
            made = seed(MlflowClient(), size)
        except MlflowException as error:
            say(f"{error}\nto do: mend that and call `make seed` again; it goes on from here")
            return 1
    seconds = time.monotonic() - began
    print(f"Made in {seconds:.1f} s: {made or 'nothing, for it was all there'}")
    return 0


def read_size(value: str) -> Size:
    """Read SIZE; without a value it is small.

    Raises:
        ValueError: There is no such size.
    """
    try:
        return Size(value or Size.SMALL)
    except ValueError:
        raise ValueError(f"SIZE is {value!r}, want one of: {', '.join(Size)}") from None


if __name__ == "__main__":
    sys.exit(main())
