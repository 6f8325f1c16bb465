"""cert-manager, where the cluster has none: its own controller, without its webhook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from cluster.kubectl import get, kubectl
from drills.beside import beside
from front_door.request import Request
from toolchain import build
from toolchain.programs import Program

_MODULE = "github.com/cert-manager/cert-manager"
_KINDS = (
    "certificaterequests",
    "certificates",
    "challenges",
    "clusterissuers",
    "issuers",
    "orders",
)
# 1.11 is the last that has its controller in this module, and not in one of its own.
PROGRAM = Program(
    name="cert-manager",
    processor_s=155,
    # Beside this file, not among what users build; the path is one from toolchain/modules.
    module="../../drills/cert_manager_controller",
    copies=tuple((_MODULE, f"deploy/crds/crd-{kind}.yaml") for kind in _KINDS),
)
_CERTIFICATES = "certificates.cert-manager.io"


@contextmanager
def issuing(request: Request) -> Iterator[None]:
    """Let the cluster issue certificates, until the block ends.

    Args:
        request: names the cluster. One without cert-manager must be this machine: the program runs
            beside it, as whoever administers it.
    """
    context = request.context_name
    if get(context, "customresourcedefinition", _CERTIFICATES):
        yield
        return
    build.ensure([PROGRAM])
    definitions = [
        yaml.safe_load((_programs() / f"crd-{kind}.yaml").read_text()) for kind in _KINDS
    ]
    for one in definitions:
        # Templates of its chart.
        del one["metadata"]["labels"]
    items = json.dumps({"apiVersion": "v1", "kind": "List", "items": definitions})
    try:
        # By the server, as some are too long for what kubectl would note of them.
        kubectl(context, "apply", "--server-side", "--filename=-", stdin=items)
        with beside(context, _command):
            yield
    finally:
        kubectl(context, "delete", "--filename=-", "--ignore-not-found", stdin=items)


def _command(_: Path, kubeconfig: Path) -> list[Path | str]:
    return [
        _programs() / "controller",
        f"--kubeconfig={kubeconfig}",
        # There is one only.
        "--leader-elect=false",
        "--metrics-listen-address=127.0.0.1:0",
    ]


def _programs() -> Path:
    return build.directory(PROGRAM) / "bin"
