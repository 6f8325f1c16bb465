"""A Prometheus of the stack's own: reads every part, keeps it, and looks for what is wrong."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import (
    ConfigMap,
    ConfigMapVolumeSourceArgs,
    ContainerArgs,
    ContainerPortArgs,
    KeyToPathArgs,
    SecretVolumeSourceArgs,
    ServicePortArgs,
    TCPSocketActionArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs

from mlplatform import names, pods, scrapes, trust, values
from mlplatform.components.data_server import DataServer, DataServerArgs, data_mount
from mlplatform.existing import Claim
from mlplatform.placement import Placement
from mlplatform.probes import probes
from mlplatform.public_hosts import PROMETHEUS_PORT, S3_PORT
from mlplatform.rights import declare_account
from mlplatform.secret_objects import SecretReference

_CONFIGURATION = "/etc/prometheus-stack"
_DATA = "/prometheus"
_TOKEN = "/etc/prometheus-store"  # noqa: S105 - a directory
_SCRATCH = pods.ScratchVolume(name="tmp", path="/tmp", size="64Mi")
_INTERVAL = "15s"


@dataclass(frozen=True, kw_only=True)
class PrometheusArgs:
    """Arguments of `Prometheus`.

    Attributes:
        placement: the stack it belongs to.
        image: image of the server.
        kept_claim: the claim that holds its data already; None where there is none.
        storage: size of the volume, a Kubernetes quantity.
        storage_class: None for the cluster's default class.
        retention: how long it keeps what it has read: 15d.
        url: where people reach it.
        alerts: the rules of the alerts, as text.
        login: user name and password, under `username` and `password`; None where everybody may.
        store: the store's metrics; None where it has none.
        ingress: what the ingress controller tells; None where that is none of ours.
    """

    placement: Placement
    image: str
    kept_claim: Claim | None
    storage: str
    storage_class: str | None
    retention: str
    url: str
    alerts: str
    login: SecretReference | None
    store: "StoreMetrics | None"
    ingress: "IngressMetrics | None"


@dataclass(frozen=True, kw_only=True)
class StoreMetrics:
    """How the store lets somebody read its metrics.

    Attributes:
        token: the Secret that holds what lets in, under `token`.
        has_tls: whether it has a certificate of the stack's authority.
    """

    token: SecretReference
    has_tls: bool


@dataclass(frozen=True, kw_only=True)
class IngressMetrics:
    """What the ingress controller counts of a stack's hosts, and of those of others.

    Attributes:
        namespace: where it lives.
        services: the Services that it leads to, as it knows them: name-port.
    """

    namespace: str
    services: Sequence[str]


class Prometheus(pulumi.ComponentResource):
    """A Prometheus that sees the pods of its own stack, and no others."""

    def __init__(
        self, name: str, args: PrometheusArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare it.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Prometheus", name, None, opts)
        part, placement = names.PROMETHEUS, args.placement
        account = declare_account(
            name,
            part,
            placement,
            [PolicyRuleArgs(api_groups=[""], resources=["pods"], verbs=["get", "list", "watch"])],
            parent=self,
        )
        files = ConfigMap(
            f"{name}-configuration",
            metadata=placement.metadata(part, None),
            data={
                "prometheus.yaml": json.dumps(
                    configuration(names.namespace(placement.stack), args.store, args.ingress),
                    indent=1,
                ),
                "alerts.yaml": args.alerts,
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        volumes = [
            VolumeArgs(
                name="configuration",
                config_map=ConfigMapVolumeSourceArgs(name=files.metadata.name),
            )
        ]
        if args.store is not None:
            token = SecretVolumeSourceArgs(
                secret_name=args.store.token.name, items=[KeyToPathArgs(key="token", path="token")]
            )
            volumes.append(VolumeArgs(name="token", secret=token))
        DataServer(
            f"{name}-server",
            DataServerArgs(
                placement=placement,
                part=part,
                image=args.image,
                container=_container(args),
                scratch=[_SCRATCH],
                more_volumes=volumes,
                ports=[ServicePortArgs(name="http", port=PROMETHEUS_PORT, target_port="http")],
                kept_claim=args.kept_claim,
                storage=args.storage,
                storage_class=args.storage_class,
                secret=args.login,
                grace_seconds=5 if placement.ephemeral else 30,
                account=account,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def configuration(
    namespace: str, store: StoreMetrics | None, ingress: IngressMetrics | None
) -> Mapping[str, object]:
    """Return what Prometheus reads, which is YAML too.

    Args:
        namespace: the stack's.
        store: the store's metrics; None where it has none.
        ingress: what the ingress controller tells; None where that is none of ours.
    """

    def labelled(source: str, target: str) -> Mapping[str, object]:
        return {"source_labels": [f"__meta_kubernetes_{source}"], "target_label": target}

    pods_of_the_stack = {
        "job_name": "pods",
        "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [namespace]}}],
        "relabel_configs": [
            {
                "source_labels": ["__meta_kubernetes_pod_container_port_name"],
                "regex": "metrics",
                "action": "keep",
            },
            # What has ended is no target.
            {
                "source_labels": ["__meta_kubernetes_pod_phase"],
                "regex": "Succeeded|Failed",
                "action": "drop",
            },
            labelled("namespace", "namespace"),
            labelled("pod_name", "pod"),
            labelled("pod_container_name", "container"),
        ],
    }
    scheme = "https" if store and store.has_tls else "http"
    of_the_store = {
        "job_name": "store",
        "metrics_path": scrapes.STORE_PATH,
        "scheme": scheme,
        "authorization": {"credentials_file": f"{_TOKEN}/token"},
        **({"tls_config": {"ca_file": trust.AUTHORITY_PATH}} if scheme == "https" else {}),
        "static_configs": [
            {
                "targets": [f"{names.MINIO}:{S3_PORT}"],
                "labels": {"namespace": namespace, "container": names.MINIO},
            }
        ],
    }
    return {
        "global": {"scrape_interval": _INTERVAL, "evaluation_interval": _INTERVAL},
        "rule_files": [f"{_CONFIGURATION}/alerts.yaml"],
        "scrape_configs": [
            pods_of_the_stack,
            *([] if store is None else [of_the_store]),
            *([] if ingress is None else [_of_the_ingress(namespace, ingress)]),
        ],
    }


def _of_the_ingress(namespace: str, ingress: IngressMetrics) -> Mapping[str, object]:
    services = f"{namespace}-({'|'.join(ingress.services)})@kubernetes"
    return {
        "job_name": "ingress",
        "static_configs": [
            {
                "targets": [f"traefik.{ingress.namespace}:{scrapes.INGRESS_PORT}"],
                "labels": {"namespace": namespace, "container": "traefik"},
            }
        ],
        # What it says of the hosts of others is theirs.
        "metric_relabel_configs": [
            {"source_labels": ["service"], "regex": services, "action": "keep"}
        ],
    }


def _container(args: PrometheusArgs) -> ContainerArgs:
    listens = TCPSocketActionArgs(port="http")  # The rest of it asks for the password.
    room = int((values.bytes_of(args.storage) or 0) * 4 // 5)
    login = args.login
    return ContainerArgs(
        name=names.PROMETHEUS,
        image=args.image,
        image_pull_policy="IfNotPresent",
        args=[
            f"--config.file={_CONFIGURATION}/prometheus.yaml",
            # Below the mount, whose own directory belongs to root on a hostPath volume.
            f"--storage.tsdb.path={_DATA}/data",
            f"--storage.tsdb.retention.time={args.retention}",
            f"--storage.tsdb.retention.size={room}B",
            f"--web.external-url={args.url}",
        ],
        env=[
            *(
                []
                if login is None
                else [
                    login.variable("PROMETHEUS_USER", key="username"),
                    login.variable("PROMETHEUS_PASSWORD", key="password"),
                ]
            ),
            *pods.variables({"GOGC": "50"}),
        ],
        ports=[ContainerPortArgs(name="http", container_port=PROMETHEUS_PORT)],
        **probes(600, tcp_socket=listens),
        resources=pods.resources(cpu="20m", memory="128Mi", memory_limit="512Mi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[
            data_mount(_DATA),
            _SCRATCH.mount(),
            VolumeMountArgs(name="configuration", mount_path=_CONFIGURATION, read_only=True),
            *(
                []
                if args.store is None
                else [VolumeMountArgs(name="token", mount_path=_TOKEN, read_only=True)]
            ),
        ],
    )
