"""What decides which version of each model is served."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgs, DeploymentStrategyArgs
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    EnvVarArgs,
    HTTPGetActionArgs,
)
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs

from mlplatform import names, pods, scrapes
from mlplatform.model_values import IMAGE, Model
from mlplatform.placement import Placement
from mlplatform.probes import probes
from mlplatform.rights import declare_account
from mlplatform.timeouts import timeouts

_SCRATCH = pods.ScratchVolume(name="tmp", path="/tmp", size="16Mi")
_START_S = 30


@dataclass(frozen=True, kw_only=True)
class PromoterArgs:
    """Arguments of `Promoter`.

    Attributes:
        placement: the stack it belongs to.
        image: image of MLflow.
        models: what is served.
        tracking_uri: MLflow, as pods reach it.
        login: variables with its login there; none where everybody may ask.
        login_fingerprint: changes with the login; None likewise.
    """

    placement: Placement
    image: str
    models: Sequence[Model]
    tracking_uri: str
    login: Sequence[EnvVarArgs]
    login_fingerprint: pulumi.Input[str] | None


class Promoter(pulumi.ComponentResource):
    """A pod that follows aliases, and the only one with a token of the cluster's API.

    It may read and patch the Deployments of the models, each by its name, and see pods.
    """

    def __init__(
        self, name: str, args: PromoterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the promoter and its rights.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Promoter", name, None, opts)
        part, placement = names.PROMOTER, args.placement
        account = declare_account(
            name,
            part,
            placement,
            [
                PolicyRuleArgs(
                    api_groups=["apps"],
                    resources=["deployments"],
                    resource_names=[model.part for model in args.models],
                    verbs=["get", "patch"],
                ),
                # Why a version does not come up is in its pods, whose names nobody knows.
                PolicyRuleArgs(api_groups=[""], resources=["pods"], verbs=["list"]),
            ],
            parent=self,
        )
        Deployment(
            f"{name}-deployment",
            metadata=placement.metadata(part, part, has_pods=True),
            spec=DeploymentSpecArgs(
                replicas=1,
                selector=placement.selector(part),
                # Two could undo what the other does.
                strategy=DeploymentStrategyArgs(type="Recreate"),
                template=pods.pod_template(
                    part=part,
                    placement=placement,
                    container=_container(args),
                    volumes=[_SCRATCH.volume()],
                    grace_seconds=5,
                    replaced_with={}
                    if args.login_fingerprint is None
                    else {"login": args.login_fingerprint},
                    account=account,
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=timeouts(_START_S, args.image)
            ),
        )
        self.register_outputs({})


def _container(args: PromoterArgs) -> ContainerArgs:
    models = [
        {
            "part": model.part,
            "name": model.name,
            "alias": model.alias,
            **({"image": args.image} if model.requirements == IMAGE else {}),
        }
        for model in args.models
    ]
    alive = HTTPGetActionArgs(path="/metrics", port="metrics")
    return ContainerArgs(
        name=names.PROMOTER,
        image=args.image,
        image_pull_policy="IfNotPresent",
        command=["python", "-m", "mlplatform_server.promoter"],
        env=[
            *args.login,
            *pods.variables(
                {
                    "MODELS": json.dumps(models),
                    "STACK": args.placement.stack,
                    "NAMESPACE": names.namespace(args.placement.stack),
                    "MLFLOW_TRACKING_URI": args.tracking_uri,
                    "PYTHONDONTWRITEBYTECODE": "1",
                }
            ),
        ],
        ports=[ContainerPortArgs(name="metrics", container_port=scrapes.PORT)],
        **probes(60, http_get=alive),
        resources=pods.resources(cpu="10m", memory="64Mi", memory_limit="192Mi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[_SCRATCH.mount()],
    )
