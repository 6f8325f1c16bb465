"""Each alert's fault on a real stack: the alert comes, and no other."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cluster.kubectl import kubectl
from drills.load import load
from drills.row import Row
from drills.stand import Stand, deployed
from drills.versions import SETTING, Versions
from front_door.request import Request
from images.deliver import deliver
from images.destination import Destination
from smoke_tests.client import http_session
from smoke_tests.database import query
from smoke_tests.wait import wait_until
from toolchain.process import Failed

# A rule's `for`, the window that it looks back on, and two rounds of scraping and judging.
FIRES_WITHIN_S = 300
# The longest window is ten minutes; and a pod may have to start.
OVER_WITHIN_S = 780
VALUES = {
    "monitoring": "builtin",
    "ephemeral": "false",
    "postgresStorage": "512Mi",
    "backupSchedule": "0 3 * * *",
    "postgresTls": "true",
    "models": f"[{SETTING}]",
}
_LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
# MLflow, its model, the promoter, the exporter, Postgres, MinIO and the ingress.
_PARTS = 7
# On Minikube that is the node's disk, whoever fills it.
_OF_THE_NODE = "VolumeAlmostFull minio"
_HANGS_S = 240
# As a full disk would: MLflow answers 503, and its database is there.
_FAIL = "RAISE EXCEPTION 'planted' USING ERRCODE = 'disk_full'"
# Of 45 connections and 40 threads: some are left for probes, which would end the server.
_REQUESTS_AT_ONCE = 38


def run(request: Request) -> Iterator[Row]:
    """Plant one fault after the other, and wait for its alert, and for its end."""
    deliver(request.kind, Destination(monitored=True))
    with deployed(request, "alerts", VALUES) as stand, stand.client():
        watch, versions = _Watch(stand), Versions(stand)
        versions.promote(versions.register("healthy"))
        wait_until(watch.sees, timeout_s=120, describe="Prometheus has read every part")
        for alert, what, planted in FAULTS:
            yield watch.told(alert, what, planted(stand))
        yield watch.told("PromotionFailed", "a version that cannot serve", _promoted(versions))


class _Watch:
    """What the stack's Prometheus says."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._session = http_session(stand.settings)
        self._url = f"{stand.settings.prometheus_url}/api/v1"

    def told(self, alert: str, what: str, planted: AbstractContextManager[None]) -> Row:
        """Plant a fault, wait for its alert; mend it, and wait until that is over."""
        others: set[str] = set()
        before = self.firing() | {_OF_THE_NODE}

        def comes() -> bool:
            firing = self.firing() - before
            others.update(one for one in firing if one.split()[0] != alert)
            return any(one.split()[0] == alert for one in firing)

        began = time.monotonic()
        with planted:
            # Counted from before it is planted: what plants it may have to work for it.
            fired = _in_time(comes, FIRES_WITHIN_S)
            seconds = time.monotonic() - began
        ended = _in_time(lambda: not self.firing() - before, OVER_WITHIN_S)
        figure = f"{'fired' if fired else 'did not fire'} after {seconds:.0f} s"
        figure += f", with {', '.join(sorted(others))}" if others else ", no other"
        figure += "" if ended else ", and does not end"
        return Row(what, f"{alert} alone", figure, fired and ended and not others)

    def sees(self) -> bool:
        """Whether every target has answered."""
        targets = self._get("targets")["activeTargets"]
        return len(targets) == _PARTS and all(one["health"] == "up" for one in targets)

    def firing(self) -> set[str]:
        """The alerts that fire, and what each is about where it says so."""
        labels = [one["labels"] for one in self._get("alerts")["alerts"] if _fires(one)]
        about = ("volume", "workload", "part", "model", "certificate")
        return {
            " ".join([one["alertname"], *(one[name] for name in about if name in one)])
            for one in labels
        }

    def _get(self, what: str) -> Any:
        return self._session.get(f"{self._url}/{what}", timeout=30).json()["data"]


def _in_time(probe: Callable[[], bool], timeout_s: float) -> bool:
    """Whether something comes true: what does not is a row of the table, and the next goes on."""
    try:
        return wait_until(probe, timeout_s=timeout_s, describe="it comes true", interval_s=2)
    except TimeoutError:
        return False


def _fires(alert: Mapping[str, Any]) -> bool:
    return alert["state"] == "firing"


def _scaled_to_zero(workload: str) -> Callable[[Stand], AbstractContextManager[None]]:
    @contextmanager
    def planted(stand: Stand) -> Iterator[None]:
        stand.namespace.scale(workload, 0)
        yield
        stand.namespace.scale(workload, 1)

    return planted


def _writes_that(act: str) -> Callable[[Stand], AbstractContextManager[None]]:
    """Let every write of a metric do something more, in PL/pgSQL, and write."""

    @contextmanager
    def planted(stand: Stand) -> Iterator[None]:
        for statement in (
            "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {act}; RETURN NEW; END $$",
            "CREATE TRIGGER fault BEFORE INSERT ON metrics FOR EACH ROW EXECUTE FUNCTION fault()",
        ):
            query(stand.namespace, statement)
        try:
            with load(stand, writers=4, per_second=1):
                yield
        finally:
            query(stand.namespace, "DROP FUNCTION fault CASCADE")

    return planted


@contextmanager
def _held_connections(stand: Stand) -> Iterator[None]:
    """A lock that every write waits for, with a connection each."""
    over = threading.Event()

    def lock() -> None:
        statement = f"BEGIN; LOCK TABLE metrics; SELECT pg_sleep({_HANGS_S}); COMMIT"
        try:
            query(stand.namespace, statement, timeout_s=_HANGS_S + 60)
        except Failed:
            if not over.is_set():  # Nobody has ended it.
                raise

    with ThreadPoolExecutor(1) as pool:
        locked = pool.submit(lock)
        try:
            with load(stand, writers=_REQUESTS_AT_ONCE):
                yield
                over.set()
                query(
                    stand.namespace,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE query LIKE 'SELECT pg_sleep%'",
                )
        finally:
            over.set()
            locked.result()


@contextmanager
def _filled_database(stand: Stand) -> Iterator[None]:
    query(
        stand.namespace,
        # Without a log of it, which would take room for long.
        "CREATE UNLOGGED TABLE filler AS SELECT repeat(md5(n::text), 30) AS text"
        " FROM generate_series(1, 420000) AS n",
        timeout_s=120,
    )
    yield
    query(stand.namespace, "DROP TABLE filler")


@contextmanager
def _old_backup(stand: Stand) -> Iterator[None]:
    """What the cluster remembers of the last one is long ago."""
    _patch(stand, "cronjob/backup", {"status": {"lastSuccessfulTime": _LONG_AGO}}, of="status")
    yield
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _patch(stand, "cronjob/backup", {"status": {"lastSuccessfulTime": now}}, of="status")


@contextmanager
def _short_certificate(stand: Stand) -> Iterator[None]:
    """Postgres' own, which it reads when it starts and clients never see."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "postgres")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=10))
        .sign(key, hashes.SHA256())
    )
    holder = "secret/postgres-tls"
    before = json.loads(_kubectl(stand, "get", holder, "--output=json"))["data"]
    text = certificate.public_bytes(serialization.Encoding.PEM).decode()
    _patch(stand, holder, {"stringData": {"tls.crt": text}})
    yield
    _patch(stand, holder, {"data": before})


@contextmanager
def _ended_again_and_again(stand: Stand) -> Iterator[None]:
    def end(times: int) -> None:
        for _ in range(times):
            restarts = _restarts(stand)
            stand.namespace.execute("deployment/mlflow-server", ["sh"], stdin="kill 1")
            wait_until(
                lambda restarts=restarts: _restarts(stand) > restarts,
                timeout_s=120,
                describe="the container is started again",
            )
            _kubectl(stand, "rollout", "status", "deployment/mlflow-server", "--timeout=120s")

    end(3)
    yield


@contextmanager
def _promoted(versions: Versions) -> Iterator[None]:
    """The alias points to a version that cannot be loaded."""
    versions.point(versions.register("cannot be loaded"))
    yield
    versions.point("1")


@contextmanager
def _expired(stand: Stand) -> Iterator[None]:
    mark, name = "mlplatform/expires-at", stand.namespace.name
    kubectl(stand.namespace.context, "annotate", "namespace", name, f"{mark}={_LONG_AGO}")
    yield
    kubectl(stand.namespace.context, "annotate", "namespace", name, f"{mark}-")


@contextmanager
def _no_room(stand: Stand) -> Iterator[None]:
    """The promoter's pod fits on no node any more, and nobody else needs it now."""
    large = {"requests": {"cpu": "500"}, "limits": {"cpu": "500"}}
    template = {"spec": {"containers": [{"name": "promoter", "resources": large}]}}
    _patch(stand, "deployment/promoter", {"spec": {"template": template}})
    yield
    _kubectl(stand, "rollout", "undo", "deployment/promoter")


def _restarts(stand: Stand) -> int:
    printed = _kubectl(
        stand,
        *("get", "pod", "--selector=app.kubernetes.io/name=mlflow-server"),
        "--output=jsonpath={.items[*].status.containerStatuses[0].restartCount}",
    )
    return sum(map(int, printed.split()))


def _patch(stand: Stand, what: str, patch: dict[str, Any], of: str | None = None) -> None:
    part = [] if of is None else [f"--subresource={of}"]
    kind = "merge" if of or what.startswith("secret") else "strategic"
    _kubectl(stand, "patch", what, f"--type={kind}", f"--patch={json.dumps(patch)}", *part)


def _kubectl(stand: Stand, *words: str) -> str:
    return kubectl(stand.namespace.context, f"--namespace={stand.namespace.name}", *words)


FAULTS: Sequence[tuple[str, str, Callable[[Stand], AbstractContextManager[None]]]] = (
    ("ReplicasMissing", "a pod that fits on no node", _no_room),
    ("ErrorsAboveOnePercent", "writes that fail in the database", _writes_that(_FAIL)),
    ("SlowRequests", "writes that take 4 s", _writes_that("PERFORM pg_sleep(4)")),
    ("DatabasePoolExhausted", "a lock that every write waits for", _held_connections),
    ("StoreAway", "the store is scaled to zero", _scaled_to_zero("statefulset/minio")),
    ("DatabaseAway", "Postgres is scaled to zero", _scaled_to_zero("statefulset/postgres")),
    (
        "MetricsMissing",
        "the exporter is scaled to zero",
        _scaled_to_zero("deployment/exporter"),
    ),
    ("StackExpired", "its time is over", _expired),
    ("BackupOverdue", "no backup since 2024", _old_backup),
    ("CertificateEndsSoon", "a certificate of ten days", _short_certificate),
    ("VolumeAlmostFull", "a database as large as its volume", _filled_database),
    ("RestartLoop", "MLflow ended three times", _ended_again_and_again),
)
