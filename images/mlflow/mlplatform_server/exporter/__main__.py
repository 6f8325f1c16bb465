"""The exporter's process: answers each scrape with what the cluster says at that moment."""

import json
import os
import signal
import sys
from pathlib import Path
from threading import Event

from prometheus_client import CollectorRegistry, start_http_server

from mlplatform_server.exporter.cluster import Cluster
from mlplatform_server.exporter.stack import Stack
from mlplatform_server.waiting import required

METRICS_PORT = 9090


def main() -> None:
    """Answer scrapes until the process is ended."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    registry = CollectorRegistry()
    interval = os.environ.get("BACKUP_INTERVAL_S")
    certificates = json.loads(os.environ.get("CERTIFICATES", "{}"))
    registry.register(
        Stack(
            Cluster(required("NAMESPACE")),
            certificates={name: Path(path) for name, path in certificates.items()},
            backup_interval_s=int(interval) if interval else None,
        )
    )
    start_http_server(METRICS_PORT, registry=registry)
    Event().wait()


if __name__ == "__main__":
    main()
