"""What reads a stack's metrics: for everybody the exporter, then a Prometheus, its own or another.

What the parts count by themselves is theirs to tell; see `scrapes` for where.
"""

from pathlib import Path

import pulumi

from mlplatform import names, public_hosts, schedules, scrapes
from mlplatform.backends import Store
from mlplatform.components.auth import Auth
from mlplatform.components.exporter import Exporter, ExporterArgs
from mlplatform.components.pod_monitors import API, PodMonitors, PodMonitorsArgs
from mlplatform.components.prometheus import (
    IngressMetrics,
    Prometheus,
    PrometheusArgs,
    StoreMetrics,
)
from mlplatform.existing import Existing
from mlplatform.placement import Placement
from mlplatform.settings import Settings
from mlplatform.tls import Tls

_ALERTS = Path(__file__).with_name("alerts.yaml")


def alerts(stack: str) -> str:
    """Return the rules of a stack's alerts, as Prometheus reads them.

    Args:
        stack: its name.
    """
    return _ALERTS.read_text().replace("NAMESPACE", names.namespace(stack))


def _ingress(settings: Settings, existing: Existing) -> IngressMetrics | None:
    namespace = scrapes.ingress(settings, existing)
    if namespace is None:
        return None
    services = sorted({f"{one.service}-{one.port}" for one in public_hosts.of(settings)})
    return IngressMetrics(namespace=namespace, services=services)


def watch(
    settings: Settings,
    existing: Existing,
    placement: Placement,
    tls: Tls,
    mlflow_image: str,
    prometheus_image: str,
    store: Store,
    auth: Auth | None,
    certificate: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare what reads the metrics; nothing where nobody asked for it.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
        placement: the stack.
        tls: how its hosts are served.
        mlflow_image: image of MLflow, which has the exporter.
        prometheus_image: image of Prometheus.
        store: its store.
        auth: who MLflow's users are; None where it asks nobody.
        certificate: name of the Secret with the certificate of the public hosts; None without TLS.
        opts: options of the components.
    """
    if not settings.is_monitored:
        return
    inside = {names.POSTGRES: settings.postgres_tls, names.MINIO: settings.minio_tls}
    Exporter(
        "exporter",
        ExporterArgs(
            placement=placement,
            image=mlflow_image,
            certificates={
                **({} if certificate is None else {"public": certificate}),
                **{part: f"{part}-{names.TLS}" for part, has_tls in inside.items() if has_tls},
            },
            backup_interval_s=None
            if settings.backup_schedule is None
            else schedules.longest_pause_s(settings.backup_schedule),
        ),
        opts,
    )
    key = store.metrics_key
    of_the_store = None if key is None else StoreMetrics(token=key, has_tls=settings.minio_tls)
    if settings.has_prometheus:
        Prometheus(
            "prometheus",
            PrometheusArgs(
                placement=placement,
                image=prometheus_image,
                kept_claim=existing.claim(names.PROMETHEUS),
                storage=settings.prometheus_storage,
                storage_class=settings.storage_class,
                retention=settings.prometheus_retention,
                url=f"{tls.scheme}://{settings.hosts.prometheus}",
                alerts=alerts(settings.stack),
                login=auth and auth.admin,
                store=of_the_store,
                ingress=_ingress(settings, existing),
            ),
            opts,
        )
    elif existing.offers(API):
        PodMonitors(
            "pod-monitors",
            PodMonitorsArgs(
                placement=placement,
                targets=scrapes.of(settings),
                alerts=alerts(settings.stack),
                store=of_the_store,
                authority=placement.pods.authority,
            ),
            opts,
        )
