"""`python -m backup save|fetch|check|restore`: the smoke tests' variables name the stack."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from backup.fetch import fetch
from backup.restore import restore
from backup.save import save
from mlplatform_server.backup.check import problems
from mlplatform_server.backup.manifest import Manifest, load
from mlplatform_server.backup.places import Unusable, place
from mlplatform_server.backup.stream import size_text
from smoke_tests.namespace import Namespace
from smoke_tests.network import resolve
from smoke_tests.settings import Settings, load_settings
from smoke_tests.tunnel import reachable_store
from toolchain.process import Failed, say


def main(command: str) -> None:
    """Run one command; TO and FROM name the place of the backup."""
    began = time.monotonic()
    if command == "save":
        to = os.environ.get("TO", "")
        with _stack() as settings:
            say(f"Backup of {settings.namespace} to {to}")
            manifest = save(settings, Namespace(settings.context, settings.namespace), place(to))
        _told("Backed up", manifest, began)
        print(f"Next: make backup-check FROM={to}")
        return
    if command == "fetch":
        to = os.environ.get("TO", "")
        settings = load_settings(os.environ)
        namespace = Namespace(settings.context, settings.namespace)
        name = fetch(namespace, os.environ.get("NAME", ""), Path(to))
        print(f"Fetched {name}. Next: make backup-check FROM={to}")
        return
    source = os.environ.get("FROM", "")
    found = place(source)
    manifest = load(found)
    if command == "check":
        say(f"Check of {source}, made {manifest.made} by {manifest.mlflow}")
        wrong = problems(found, manifest)
        if wrong:
            raise Unusable("\n        ".join([f"{len(wrong)} files are not", *wrong[:20]]))
        _told("Whole", manifest, began)
        print(f"Next, for a stack that was just made: make restore STACK=... FROM={source}")
    else:
        say(f"Restore of {source}, made {manifest.made} by {manifest.mlflow}")
        with _stack() as settings:
            namespace = Namespace(settings.context, settings.namespace)
            webhooks = restore(settings, namespace, found, manifest)
        _told("Restored", manifest, began)
        if webhooks:
            print(f"{webhooks} webhooks need their secret again: only the old stack can read it")
        print(f"Next: look at {settings.tracking_uri}, or make smoke")


@contextmanager
def _stack() -> Iterator[Settings]:
    """The stack that the environment names, its hosts within reach."""
    with reachable_store(os.environ) as stack:
        settings = load_settings(stack)
        with resolve(settings.hosts, settings.ingress_address):
            yield settings


def _told(what: str, manifest: Manifest, began: float) -> None:
    rows = sum(manifest.facts.rows.values())
    print(
        f"{what}: {size_text(manifest.size)}, {rows:,} rows, {len(manifest.objects):,} objects "
        f"in {time.monotonic() - began:.1f} s"
    )


try:
    main(sys.argv[1])
except (Unusable, Boto3Error, BotoCoreError, ClientError) as problem:
    wanted = "a backup that is whole, and stores that answer"
    sys.exit(f"\n{Failed(wanted, str(problem), 'mend what is named and repeat')}")
except Failed as failure:
    sys.exit(f"\n{failure}")
