"""A registered model that is served."""

import math
from collections.abc import Sequence
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
    EnvVarArgs,
    EnvVarSourceArgs,
    HTTPGetActionArgs,
    LifecycleArgs,
    LifecycleHandlerArgs,
    ObjectFieldSelectorArgs,
    ProbeArgs,
    Service,
    ServicePortArgs,
    ServiceSpecArgs,
    SleepActionArgs,
)

from mlplatform import pods, public_hosts, scrapes, values
from mlplatform.disruption import declare_budget
from mlplatform.model_values import IMAGE, VENV, Model
from mlplatform.placement import SKIP_AWAIT, Placement
from mlplatform.random_text import RandomText
from mlplatform.secret_objects import SecretReference, keep_secret

CONTAINER = "model"
"""The container that serves; the promoter knows it by this name."""
PINNED = "mlplatform/serves"
"""The annotation in which the promoter says which version that is."""
TOKEN = "token"  # noqa: S105 - where in a Secret it is
_TOKEN_LENGTH = 40
# All that is between the alias and the first answer: a node, an image, packages, a large model.
_DEADLINE_S = 600
# A stack does not wait for a model that nobody has registered yet, but for the end of its pods:
# those that the deletion of the namespace meets hold that up for half their grace period.
_UNAWAITED = {"pulumi.com/waitFor": "jsonpath={.metadata.uid}"}
# The image of a model that might choose it is the stack's again when it may not any more.
_OURS_AGAIN = {"pulumi.com/patchForce": "true"}
# Without, the ingress sends requests to a pod that has just gone.
_LEAVING_S = 5
_FILES = pods.ScratchVolume(name="files", path="/files", size="16Gi")
_SCRATCH = pods.ScratchVolume(name="tmp", path="/tmp", size="1Gi")
_MODEL = f"{_FILES.path}/model"
_PACKAGES = f"{_FILES.path}/packages"


@dataclass(frozen=True, kw_only=True)
class ServedArgs:
    """Arguments of `Served`.

    Attributes:
        placement: the stack it belongs to.
        model: what is served.
        image: image of the server, that of MLflow.
        tracking_uri: MLflow, as pods reach it.
        reading: variables with what it takes to read the model's files from there.
        has_token: whether only who has a token gets an answer.
        package_index: where a model's own requirements come from; None for uv's own.
    """

    placement: Placement
    model: Model
    image: str
    tracking_uri: str
    reading: Sequence[EnvVarArgs]
    has_token: bool
    package_index: str | None


class Served(pulumi.ComponentResource):
    """A Deployment whose pods serve the version that the promoter pins, and a Service.

    The version is in none of these declarations, nor, where an autoscaler counts them, how many
    pods there are: what a controller writes is the controller's.
    """

    def __init__(
        self, name: str, args: ServedArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the server.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Served", name, None, opts)
        part, placement, model = args.model.part, args.placement, args.model
        Service(
            f"{name}-service",
            metadata=placement.metadata(part, part, SKIP_AWAIT),
            spec=ServiceSpecArgs(
                selector=placement.selector(part).match_labels,
                ports=[
                    ServicePortArgs(name="http", port=public_hosts.MODEL_PORT, target_port="http")
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        token = self._token(name, args) if args.has_token else None
        Deployment(
            f"{name}-deployment",
            metadata=placement.metadata(
                part,
                part,
                {**_UNAWAITED, **_OURS_AGAIN, "mlplatform/model": f"{model.name}@{model.alias}"},
                has_pods=True,
            ),
            spec=DeploymentSpecArgs(
                replicas=model.replicas if model.max_replicas is None else None,
                selector=placement.selector(part),
                progress_deadline_seconds=_DEADLINE_S,
                strategy=DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
                ),
                template=pods.pod_template(
                    part=part,
                    placement=placement,
                    container=_server(args, token),
                    init_containers=[
                        _fetching(args),
                        *([_installing(args)] if model.requirements == VENV else []),
                    ],
                    volumes=[_FILES.volume(), _SCRATCH.volume()],
                    grace_seconds=_LEAVING_S + (5 if placement.ephemeral else model.timeout + 5),
                    replaced_with={} if token is None else {"token": token.fingerprint},
                    spread=True,
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The promoter's, then.
                ignore_changes=["spec.template.spec.containers[0].image"]
                if model.requirements == IMAGE
                else None,
            ),
        )
        if max(model.replicas, model.max_replicas or 1) > 1:
            declare_budget(f"{name}-disruption-budget", part, placement, self)
        self.register_outputs({})

    def _token(self, name: str, args: ServedArgs) -> SecretReference:
        opts = pulumi.ResourceOptions(parent=self, additional_secret_outputs=["value"])
        drawn = pulumi.Output.secret(RandomText(f"{name}-token", _TOKEN_LENGTH, opts).value)
        return keep_secret(
            f"{name}-secret",
            args.model.part,
            args.placement,
            name=args.model.part,
            content={TOKEN: drawn},
            parent=self,
        )


def _pin() -> EnvVarArgs:
    """The pinned version: nothing, until the promoter has found one."""
    field = ObjectFieldSelectorArgs(field_path=f"metadata.annotations['{PINNED}']")
    return EnvVarArgs(name="MODEL_PIN", value_from=EnvVarSourceArgs(field_ref=field))


def _fetching(args: ServedArgs) -> ContainerArgs:
    """The container that brings the model's files: the model itself never sees a password."""
    return ContainerArgs(
        name="fetch",
        image=args.image,
        image_pull_policy="IfNotPresent",
        command=["python", "-m", "mlplatform_server.serving.fetch"],
        env=[
            _pin(),
            *args.reading,
            *pods.variables(
                {
                    "MODEL_DIRECTORY": _MODEL,
                    "MLFLOW_TRACKING_URI": args.tracking_uri,
                    # The URLs that MLflow signs hold for the address that clients know.
                    "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "false",
                    # A container that is started again says why, minutes of retries do not.
                    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
                    "HOME": _SCRATCH.path,
                    "TMPDIR": _SCRATCH.path,
                    "AWS_EC2_METADATA_DISABLED": "true",
                }
            ),
        ],
        resources=pods.resources(cpu="100m", memory="256Mi", memory_limit="1Gi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[_FILES.mount(), _SCRATCH.mount()],
    )


def _installing(args: ServedArgs) -> ContainerArgs:
    """The container that brings the model's own requirements: no package's code runs in it."""
    index = {} if args.package_index is None else {"UV_DEFAULT_INDEX": args.package_index}
    return ContainerArgs(
        name="install",
        image=args.image,
        image_pull_policy="IfNotPresent",
        command=["python", "-m", "mlplatform_server.serving.install"],
        env=pods.variables(
            {
                "MODEL_DIRECTORY": _MODEL,
                "PYTHONPATH": _PACKAGES,
                "UV_CACHE_DIR": f"{_FILES.path}/cache",
                "HOME": _SCRATCH.path,
                "TMPDIR": _SCRATCH.path,
                **index,
            }
        ),
        resources=pods.resources(cpu="100m", memory="256Mi", memory_limit="1Gi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[_FILES.mount(), _SCRATCH.mount()],
    )


def _server(args: ServedArgs, token: SecretReference | None) -> ContainerArgs:
    model = args.model
    # It listens when the version is loaded and has predicted its example, and not before.
    ready = HTTPGetActionArgs(path="/ping", port="http")
    return ContainerArgs(
        name=CONTAINER,
        image=args.image,
        image_pull_policy="IfNotPresent",
        command=["python", "-m", "mlplatform_server.serving"],
        env=[
            _pin(),
            *([] if token is None else [token.variable("MODEL_TOKEN", key=TOKEN)]),
            *pods.variables(
                {
                    "MODEL_DIRECTORY": _MODEL,
                    "MODEL_PATH": "" if model.host else f"/{model.path}",
                    "MODEL_BODY_LIMIT": str(math.floor(values.bytes_of(model.input_limit) or 0)),
                    "MODEL_TIMEOUT_S": str(model.timeout),
                    "MODEL_SCHEMA_DETAILS": str(model.schema_details).lower(),
                    **({"PYTHONPATH": _PACKAGES} if model.requirements == VENV else {}),
                    "HOME": _SCRATCH.path,
                    "TMPDIR": _SCRATCH.path,
                    # Both would reach for the internet.
                    "MLFLOW_DISABLE_TELEMETRY": "true",
                    "MLFLOW_MODEL_CATALOG_URI": "",
                    "PYTHONDONTWRITEBYTECODE": "1",
                }
            ),
        ],
        lifecycle=LifecycleArgs(
            pre_stop=LifecycleHandlerArgs(sleep=SleepActionArgs(seconds=_LEAVING_S))
        ),
        ports=[
            ContainerPortArgs(name="http", container_port=public_hosts.MODEL_PORT),
            ContainerPortArgs(name="metrics", container_port=scrapes.PORT),
        ],
        startup_probe=ProbeArgs(http_get=ready, period_seconds=1, failure_threshold=_DEADLINE_S),
        readiness_probe=ProbeArgs(http_get=ready, period_seconds=5, timeout_seconds=5),
        liveness_probe=ProbeArgs(
            http_get=HTTPGetActionArgs(path="/health", port="http"),
            period_seconds=10,
            timeout_seconds=5,
            failure_threshold=3,
        ),
        resources=pods.resources(cpu="100m", memory="384Mi", memory_limit="1Gi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[_FILES.mount(), _SCRATCH.mount()],
    )
