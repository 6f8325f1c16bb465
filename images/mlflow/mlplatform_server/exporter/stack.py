"""The numbers of a stack, made of what the cluster says."""

import _ssl
import json
import ssl
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_PART = "app.kubernetes.io/name"
_BACKUP = "backup"
# Marks that infra/mlplatform/names.py and the promoter make.
_BACKED_UP = "mlplatform/backed-up"
_EXPIRES_AT = "mlplatform/expires-at"
_PROMOTION = "mlplatform/promotion"
_MODEL = "mlplatform/model"

_UNITS = {"": 1, **{unit: 10 ** (3 * n) for n, unit in enumerate("kMGTP", 1)}}
_UNITS |= {f"{unit}i": 2 ** (10 * n) for n, unit in enumerate("KMGTP", 1)}

Object = Mapping[str, Any]


class Source(Protocol):
    """What can be asked; see `cluster`."""

    def annotations(self) -> Mapping[str, str]:
        """Return the annotations of the namespace."""
        ...

    def all(self, kind: str) -> Sequence[Object]:
        """Return all objects of a kind."""
        ...


class Stack(Collector):
    """Asks at each scrape: what it tells is never older, and a failure is a failed scrape."""

    def __init__(
        self,
        cluster: Source,
        *,
        certificates: Mapping[str, Path],
        backup_interval_s: int | None,
    ) -> None:
        """Say what is to be told.

        Args:
            cluster: what is asked.
            certificates: files with certificates, by what each is for.
            backup_interval_s: the longest time between two backups; None where nothing makes some.
        """
        self._cluster = cluster
        self._certificates = certificates
        self._backup_interval_s = backup_interval_s

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand: that would ask."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return all there is to tell.

        Raises:
            OSError: the cluster's API does not answer, or refuses.
        """
        marks = self._cluster.annotations()
        pods = self._cluster.all("pods")
        workloads = [*self._cluster.all("deployments"), *self._cluster.all("statefulsets")]
        yield from replicas(workloads)
        yield restarts(pods)
        yield promotions(workloads)
        if self._backup_interval_s is not None:
            cron_jobs = self._cluster.all("cronjobs")
            yield from backups(cron_jobs, pods, marks, self._backup_interval_s)
        yield capacities(self._cluster.all("persistentvolumeclaims"))
        yield from expiry(marks)
        yield ends_of(self._certificates)


def replicas(workloads: Sequence[Object]) -> Iterable[Metric]:
    """Return how many pods there are to be, and how many serve.

    A model needs none until a version of it has served: somebody has to register one first.
    """
    name = "mlplatform_replicas"
    wanted = GaugeMetricFamily(f"{name}_wanted", "Pods that there are to be", labels=["workload"])
    available = GaugeMetricFamily(f"{name}_available", "Pods that serve", labels=["workload"])
    for one in workloads:
        workload = [one["metadata"]["name"]]
        is_new = _MODEL in _marks(one) and not _remembered(one).get("good")
        wanted.add_metric(workload, 0 if is_new else one["spec"].get("replicas", 1))
        available.add_metric(workload, one["status"].get("availableReplicas", 0))
    return wanted, available


def restarts(pods: Sequence[Object]) -> Metric:
    """Return how often containers of the pods that there are were started again."""
    counts: Counter[str] = Counter()
    for pod in pods:
        statuses = pod["status"].get("containerStatuses", [])
        part = pod["metadata"].get("labels", {}).get(_PART, "")
        counts[part] += sum(status["restartCount"] for status in statuses)
    metric = CounterMetricFamily("mlplatform_restarts", "Restarts of containers", labels=["part"])
    for part, count in counts.items():
        metric.add_metric([part], count)
    return metric


def capacities(claims: Sequence[Object]) -> Metric:
    """Return how much fits on each volume."""
    metric = GaugeMetricFamily(
        "mlplatform_volume_capacity_bytes", "What fits on the volume", labels=["volume"]
    )
    for claim in claims:
        quantity = claim["status"].get("capacity", {}).get("storage")
        part = claim["metadata"].get("labels", {}).get(_PART, "")
        if quantity:
            metric.add_metric([part], _bytes(quantity))
    return metric


def promotions(workloads: Sequence[Object]) -> Metric:
    """Return whether the version that a model's alias points to could not serve."""
    metric = GaugeMetricFamily(
        "mlplatform_promotion_failed",
        "1 where the version that the alias points to could not serve",
        labels=["model"],
    )
    for one in workloads:
        if _MODEL in _marks(one):
            metric.add_metric([_marks(one)[_MODEL]], bool(_remembered(one).get("failure")))
    return metric


def _marks(workload: Object) -> Mapping[str, str]:
    return workload["metadata"].get("annotations", {})


def _remembered(workload: Object) -> Object:
    """What the promoter knows of a model."""
    return json.loads(_marks(workload).get(_PROMOTION, "{}"))


def backups(
    cron_jobs: Sequence[Object], pods: Sequence[Object], marks: Mapping[str, str], interval_s: int
) -> Iterable[Metric]:
    """Return when the last backup was made, how large it is and how often there is to be one.

    A stack without any is measured from when its schedule was made.
    """
    [cron_job] = [one for one in cron_jobs if one["metadata"]["name"] == _BACKUP]
    done = [cron_job["status"].get("lastSuccessfulTime"), marks.get(_BACKED_UP)]
    last = max((_moment(text) for text in done if text), default=None)
    if last is not None:
        yield GaugeMetricFamily(
            "mlplatform_backup_last_success_timestamp_seconds", "End of the last backup", last
        )
    since = last or _moment(cron_job["metadata"]["creationTimestamp"])
    age = datetime.now(UTC).timestamp() - since
    yield GaugeMetricFamily("mlplatform_backup_age_seconds", "Time without a backup", age)
    yield GaugeMetricFamily(
        "mlplatform_backup_interval_seconds", "The longest time between two backups", interval_s
    )
    size = _bytes_of_the_last(pods)
    if size is not None:
        yield GaugeMetricFamily("mlplatform_backup_bytes", "Size of the last backup", size)


def _bytes_of_the_last(pods: Sequence[Object]) -> int | None:
    """What the container that made the last one said when it ended."""
    ends = [
        status["state"]["terminated"]
        for pod in pods
        for status in pod["status"].get("containerStatuses", [])
        if status["name"] == _BACKUP and status["state"].get("terminated", {}).get("exitCode") == 0
    ]
    messages = {end["finishedAt"]: end.get("message", "") for end in ends}
    message = messages[max(messages)] if messages else ""
    return int(message) if message.isdigit() else None


def expiry(marks: Mapping[str, str]) -> Iterable[Metric]:
    """Return when the stack may be destroyed; nothing where it may never."""
    if _EXPIRES_AT in marks:
        yield GaugeMetricFamily(
            "mlplatform_stack_expiry_timestamp_seconds",
            "When the stack may be destroyed",
            _moment(marks[_EXPIRES_AT]),
        )


def ends_of(certificates: Mapping[str, Path]) -> Metric:
    """Return when each certificate ends; one that is not there yet is left out."""
    metric = GaugeMetricFamily(
        "mlplatform_certificate_expiry_timestamp_seconds",
        "When the certificate ends",
        labels=["certificate"],
    )
    for name, path in certificates.items():
        if path.exists():
            metric.add_metric([name], _end_of(path))
    return metric


def _end_of(certificate: Path) -> float:
    """Read when a certificate ends.

    By what CPython's own tests read certificates with: `cryptography` would take a third of the
    memory of this process.
    """
    reader: Any = _ssl
    content: dict[str, str] = reader._test_decode_cert(str(certificate))
    return ssl.cert_time_to_seconds(content["notAfter"])


def _bytes(quantity: str) -> float:
    """Read a quantity of Kubernetes."""
    number = quantity.rstrip("".join(_UNITS) + "i")
    return float(number) * _UNITS[quantity.removeprefix(number)]


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
