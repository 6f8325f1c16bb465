"""The MLflow tracking server."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps.v1 import (
    Deployment,
    DeploymentSpecArgs,
    DeploymentStrategyArgs,
    RollingUpdateDeploymentArgs,
)
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    HTTPGetActionArgs,
    HTTPHeaderArgs,
    LifecycleArgs,
    LifecycleHandlerArgs,
    ProbeArgs,
    Service,
    ServicePortArgs,
    ServiceSpecArgs,
    SleepActionArgs,
)

from mlplatform import encryption, names, pods, scrapes, server
from mlplatform.artifacts import artifact_route
from mlplatform.backends import Database, Store
from mlplatform.components.auth import Auth
from mlplatform.disruption import declare_budget
from mlplatform.placement import SKIP_AWAIT, Placement, selector_labels
from mlplatform.secret_objects import SecretReference
from mlplatform.timeouts import timeouts

_SCRATCH = pods.ScratchVolume(name="tmp", path=server.HOME, size=f"{server.SCRATCH_GIB}Gi")
# The first pods start together; in a rollout one starts after the other.
_START_S = 40
_REPLACE_S = 25


@dataclass(frozen=True, kw_only=True)
class MlflowArgs:
    """Arguments of `Mlflow`.

    Attributes:
        placement: the stack it belongs to.
        image: image of the server.
        replicas: number of pods.
        max_replicas: how many a HorizontalPodAutoscaler may make of them.
        memory_limit: memory limit of a pod, a Kubernetes quantity.
        artifacts: how artifacts travel: proxied, presigned or direct.
        hosts: public hosts of the stack.
        database: the database.
        store: the store.
        auth: who its users are; None where nobody logs in.
        webhook_key: key that the secrets of webhooks are encrypted with.
        previous_webhook_key: what that was before; "" where it was never another.
        features: keys of `server.FEATURES` that are on.
        quiesced_times: how often its servers were stopped for another image.
        monitored: whether it tells what it counts.
        artifact_root: where experiments keep their artifacts, for the first server, which makes the
            schema; None where the migration Job does.
        after: what must be done before it starts; without, it waits for what it needs itself.
    """

    placement: Placement
    image: str
    replicas: int
    max_replicas: int
    memory_limit: str
    artifacts: str
    hosts: names.Hosts
    database: Database
    store: Store
    auth: Auth | None
    webhook_key: pulumi.Output[str]
    previous_webhook_key: pulumi.Output[str]
    features: Collection[str]
    quiesced_times: pulumi.Output[int]
    monitored: bool
    artifact_root: str | None
    after: Sequence[pulumi.Resource]


class Mlflow(pulumi.ComponentResource):
    """A Deployment of MLflow servers, the Service in front of them, and how many may leave."""

    def __init__(
        self, name: str, args: MlflowArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the server.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Mlflow", name, None, opts)
        part, placement = names.MLFLOW, args.placement
        Service(
            f"{name}-service",
            metadata=placement.metadata(part, part, SKIP_AWAIT),
            spec=ServiceSpecArgs(
                selector=selector_labels(part, placement.stack),
                ports=[ServicePortArgs(name="http", port=server.PORT, target_port="http")],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        keys = encryption.keep_keys(
            f"{name}-secret",
            placement,
            key=args.webhook_key,
            previous_key=args.previous_webhook_key,
            parent=self,
        )
        Deployment(
            f"{name}-deployment",
            metadata=placement.metadata(
                part,
                part,
                {
                    names.QUIESCED_TIMES: args.quiesced_times.apply(str),
                    # Whoever scaled it to zero owns that number; it is ours again with an update.
                    "pulumi.com/patchForce": "true",
                },
                has_pods=True,
            ),
            spec=DeploymentSpecArgs(
                replicas=args.replicas,
                selector=placement.selector(part),
                strategy=DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
                ),
                template=pods.pod_template(
                    part=part,
                    placement=placement,
                    container=_container(args, keys),
                    volumes=[volume.volume() for volume in _volumes(args)],
                    grace_seconds=_leaving_s(args) + (10 if placement.ephemeral else 40),
                    replaced_with={
                        **args.database.fingerprints,
                        "s3-key": args.store.key.secret.fingerprint,
                        "webhooks": keys.fingerprint,
                        **({"auth": args.auth.configuration.fingerprint} if args.auth else {}),
                    },
                    spread=True,
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=args.after,
                custom_timeouts=timeouts(_START_S + _REPLACE_S * (args.replicas - 1), args.image),
            ),
        )
        if args.max_replicas > 1:
            declare_budget(f"{name}-disruption-budget", part, placement, self)
        self.register_outputs({})


def _leaving_s(args: MlflowArgs) -> int:
    """Seconds for the ingress to notice that a pod is leaving: until then it answers 502.

    Without, 7.6 % of 20 requests a second failed in a rolling restart of two pods.
    """
    return 0 if args.placement.ephemeral and args.max_replicas == 1 else 5


def _volumes(args: MlflowArgs) -> list[pods.ScratchVolume | pods.SecretVolume]:
    return [_SCRATCH, *([args.auth.volume] if args.auth else [])]


def _container(args: MlflowArgs, keys: SecretReference) -> ContainerArgs:
    route = artifact_route(args.artifacts, args.store.bucket)
    ephemeral, leaving_s = args.placement.ephemeral, _leaving_s(args)
    alive = HTTPGetActionArgs(path="/health", port="http")
    # The one cheap call that reaches the database; /health and server-info do not.
    serving = HTTPGetActionArgs(
        path=server.readiness_path(has_own=args.auth is not None or args.monitored),
        port="http",
        # The address of the pod, which a probe would send, is not among the allowed hosts.
        http_headers=[HTTPHeaderArgs(name="Host", value=names.MLFLOW)],
    )
    return ContainerArgs(
        name=names.MLFLOW,
        image=args.image,
        image_pull_policy="IfNotPresent",
        args=server.options(
            route, drain_seconds=5 if ephemeral else 20, has_auth=args.auth is not None
        ),
        env=[
            *args.database.variables,
            *args.store.key.variables("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
            *encryption.variables(keys),
            *([*args.auth.variables, args.auth.flask_key] if args.auth else []),
            *pods.variables(
                server.environment(
                    artifacts=args.artifacts,
                    public_host=args.hosts.mlflow,
                    namespace=names.namespace(args.placement.stack),
                    s3_endpoint_url=args.store.endpoint_url,
                    s3_public_url=args.store.public_url if route.signs else None,
                    bucket=args.store.bucket,
                    region=args.store.region,
                    s3_ca_file=args.store.ca_file,
                    features=args.features,
                )
                | ({} if args.after else {"MLPLATFORM_AWAITED_BUCKET": args.store.bucket})
                | ({"MLPLATFORM_ARTIFACT_ROOT": args.artifact_root} if args.artifact_root else {})
                | ({"MLPLATFORM_METRICS_PORT": str(scrapes.PORT)} if args.monitored else {})
            ),
        ],
        lifecycle=LifecycleArgs(
            pre_stop=LifecycleHandlerArgs(sleep=SleepActionArgs(seconds=leaving_s))
        )
        if leaving_s
        else None,
        ports=[
            ContainerPortArgs(name="http", container_port=server.PORT),
            *(
                [ContainerPortArgs(name="metrics", container_port=scrapes.PORT)]
                if args.monitored
                else []
            ),
        ],
        startup_probe=ProbeArgs(http_get=alive, period_seconds=1, failure_threshold=120),
        readiness_probe=ProbeArgs(http_get=serving, period_seconds=5, timeout_seconds=5),
        liveness_probe=ProbeArgs(
            http_get=alive, period_seconds=10, timeout_seconds=5, failure_threshold=6
        ),
        resources=pods.resources(cpu="100m", memory="512Mi", memory_limit=args.memory_limit),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[volume.mount() for volume in _volumes(args)],
    )
