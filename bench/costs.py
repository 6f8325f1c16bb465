"""Measure the stack that the smoke tests' environment names: `python -m bench.costs [--json]`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict

from bench.table import render
from smoke_tests.client import environment, fail_fast_environment
from smoke_tests.network import resolve
from smoke_tests.settings import SettingsError, load_settings
from toolchain.process import Failed

# A proxied gigabyte is written to disk on its way, and its first byte comes after the last read.
PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "120"}
# MLflow's own way to start a server sends clients to a store that only pods can reach.
THROUGH_THE_SERVER = {
    f"MLFLOW_ENABLE_PROXY_MULTIPART_{way}": "false" for way in ("UPLOAD", "DOWNLOAD")
}


def main() -> int:
    """Measure, print the table, return the exit code."""
    try:
        settings = load_settings(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    variables = fail_fast_environment(settings) | PATIENCE | THROUGH_THE_SERVER
    with environment(variables, settings.hosts), resolve(settings.hosts, settings.ingress_address):
        # MLflow must be imported inside: see client.environment.
        from bench.measure import measure

        try:
            figures = measure(settings)
        except (Failed, TimeoutError) as error:
            print(error, file=sys.stderr)
            return 1
    as_json = "--json" in sys.argv
    print(json.dumps([asdict(figure) for figure in figures]) if as_json else render(figures))
    return 0


sys.exit(main())
