"""cert-manager signs and renews what a stack is served with, and clients do not notice."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from cluster.kubectl import get, kubectl
from drills.cert_manager import issuing
from drills.row import Row
from drills.stand import Stand, deployed
from drills.unchanged import unchanged
from front_door import destroy, smoke
from front_door.request import Request
from smoke_tests.wait import wait_until

_REPLACED_S = 60
_TIMEOUT_S = 10
_ISSUER = "mlplatform-drill"


def run(request: Request) -> Iterator[Row]:
    """On a stack that asks for cert-manager, and on one that is durable and finds it."""
    with issuing(request):
        with deployed(request, "certificates", {"tls": "cert-manager"}) as stand:
            yield _ready(stand)
            yield _judged(stand, "smoke_tests")
            yield unchanged(stand)
            yield _replaced(stand, "its renewal asked for", _ask_for_renewal, may_fail=False)
            yield _replaced(stand, "its Secret deleted", _delete_the_secret, may_fail=True)
            yield _judged(stand, "smoke_tests/test_tls.py")
            yield unchanged(stand)
        yield _left(stand)
        with deployed(request, "certificates", {"ephemeral": "false"}) as stand:
            yield _ready(stand)
            destroy.destroy(stand.request)
            stand.up()
            yield _signed_by_the_new_authority(stand)
            yield _judged(stand, "smoke_tests/test_tls.py")
        values = {"tls": "cert-manager", "tlsIssuer": _ISSUER}
        with _cluster_issuer(request), deployed(request, "certificates", values) as stand:
            yield _ready(stand)
            yield _judged(stand, "smoke_tests/test_tls.py")


@contextmanager
def _cluster_issuer(request: Request) -> Iterator[None]:
    """One of the cluster's, not of a stack, until the block ends; what it signs signs itself."""
    manifest = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "ClusterIssuer",
        "metadata": {"name": _ISSUER},
        "spec": {"selfSigned": {}},
    }
    kubectl(request.context_name, "apply", "--filename=-", stdin=json.dumps(manifest))
    try:
        yield
    finally:
        kubectl(request.context_name, "delete", "clusterissuer", _ISSUER)


def _left(stand: Stand) -> Row:
    kinds = "issuers.cert-manager.io,certificates.cert-manager.io"
    left = get(stand.namespace.context, kinds, f"--namespace={stand.namespace.name}")
    return Row("the stack destroyed", "leaves 0 objects", f"{len(left)}", passed=not left)


def _certificate(stand: Stand) -> dict[str, Any]:
    place = f"--namespace={stand.namespace.name}"
    [found] = get(stand.namespace.context, "certificates.cert-manager.io", place)
    return found


def _ready(stand: Stand) -> Row:
    certificate = _certificate(stand)
    status, spec = certificate["status"], certificate["spec"]
    conditions = {one["type"]: one for one in status["conditions"]}
    figure = (
        f"{conditions['Ready']['reason']}, by {spec['issuerRef']['kind']}"
        f" {spec['issuerRef']['name']}, renewed at {status['renewalTime']}"
    )
    passed = conditions["Ready"]["status"] == "True"
    return Row("the Certificate of a new stack", "is ready", figure, passed)


def _signed_by_the_new_authority(stand: Stand) -> Row:
    """What is left in the namespace is another authority's, which nobody has any more."""
    began = time.monotonic()
    secret = _certificate(stand)["spec"]["secretName"]
    wait_until(
        lambda: _held(stand, secret)["ca.crt"] == _held(stand, "authority")["tls.crt"],
        timeout_s=_REPLACED_S,
        describe="the authority of the new stack has signed",
    )
    figure = f"{time.monotonic() - began:.1f} s after the update"
    return Row("make down, make up", "the new authority has signed", figure, passed=True)


def _held(stand: Stand, name: str) -> dict[str, str]:
    """What a Secret of the stack holds, encoded."""
    place = f"--namespace={stand.namespace.name}"
    [secret] = get(stand.namespace.context, "secret", name, place)
    return secret["data"]


def _judged(stand: Stand, tests: str) -> Row:
    """Smoke tests, which trust the authority of the stack and nobody else."""
    began = time.monotonic()
    smoke.run_suite(stand.request, tests)
    address = stand.settings.tracking_uri
    figure = f"passed in {time.monotonic() - began:.0f} s, {address}"
    return Row(tests, "passes by https", figure, address.startswith("https://"))


def _replaced(stand: Stand, what: str, act: Callable[[Stand], None], *, may_fail: bool) -> Row:
    """Greet the host without pause until it shows another certificate."""
    settings = stand.settings
    host = urlsplit(settings.tracking_uri).hostname or ""
    context = ssl.create_default_context(cafile=settings.ca_file)
    answers: list[str | None] = []

    def greet() -> str | None:
        try:
            answers.append(_serial(host, context))
        except OSError:
            answers.append(None)
        return answers[-1]

    with stand.client(), ThreadPoolExecutor(1) as executor:
        old = _serial(host, context)
        began = time.monotonic()
        done = executor.submit(act, stand)
        wait_until(
            lambda: greet() not in (None, old),
            timeout_s=_REPLACED_S,
            describe="another certificate is served",
            interval_s=0.02,
        )
        replaced_s = time.monotonic() - began
        done.result()
    failed = answers.count(None)
    goal = f"another is served within {_REPLACED_S} s"
    if not may_fail:
        goal += ", 0 handshakes fail"
    revision = _certificate(stand)["status"]["revision"]
    figure = (
        f"revision {revision} after {replaced_s:.1f} s, {failed} of {len(answers)} handshakes fail"
    )
    return Row(what, goal, figure, may_fail or not failed)


def _serial(host: str, context: ssl.SSLContext) -> str:
    """The number of the certificate that a host shows to a client that checks it."""
    with (
        socket.create_connection((host, 443), _TIMEOUT_S) as connection,
        context.wrap_socket(connection, server_hostname=host) as greeted,
    ):
        return str((greeted.getpeercert() or {})["serialNumber"])


def _ask_for_renewal(stand: Stand) -> None:
    """As cert-manager's own command does."""
    certificate = _certificate(stand)
    condition = {
        "type": "Issuing",
        "status": "True",
        "reason": "ManuallyTriggered",
        "message": "asked for",
    }
    conditions = [*certificate["status"]["conditions"], condition]
    kubectl(
        stand.namespace.context,
        f"--namespace={stand.namespace.name}",
        "patch",
        "certificate",
        certificate["metadata"]["name"],
        "--subresource=status",
        "--type=merge",
        f"--patch={json.dumps({'status': {'conditions': conditions}})}",
    )


def _delete_the_secret(stand: Stand) -> None:
    secret = _certificate(stand)["spec"]["secretName"]
    kubectl(
        stand.namespace.context, f"--namespace={stand.namespace.name}", "delete", "secret", secret
    )
