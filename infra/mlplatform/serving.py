"""The models that a stack serves: what each of them needs, from what the stack has."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.core.v1 import EnvVarArgs

from mlplatform import names, pods, server
from mlplatform.backends import Store
from mlplatform.components.auth import Auth
from mlplatform.components.autoscaler import Autoscaler, AutoscalerArgs
from mlplatform.components.model import Served, ServedArgs
from mlplatform.components.promoter import Promoter, PromoterArgs
from mlplatform.placement import Placement
from mlplatform.settings import Settings


def machines(settings: Settings) -> Sequence[str]:
    """Return the names in MLflow of the programs that serve models."""
    return (names.MODEL_READER, names.MODEL_PROMOTER) if settings.models else ()


def serve(
    settings: Settings,
    placement: Placement,
    image: str,
    store: Store,
    auth: Auth | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare all that serves models; nothing where the settings name none.

    Args:
        settings: the settings of the stack.
        placement: where it is.
        image: image of MLflow.
        store: its store.
        auth: who MLflow's users are; None where it asks nobody.
        opts: options of the components.
    """
    if not settings.models:
        return
    tracking_uri = f"http://{names.MLFLOW}:{server.PORT}"
    for model in settings.models:
        Served(
            model.part,
            ServedArgs(
                placement=placement,
                model=model,
                image=image,
                tracking_uri=tracking_uri,
                reading=[*_login(auth, names.MODEL_READER), *_reading(settings, store)],
                has_token=settings.has_auth,
                package_index=settings.package_index,
            ),
            opts,
        )
        if model.max_replicas is not None:
            Autoscaler(
                f"{model.part}-autoscaler",
                AutoscalerArgs(
                    placement=placement,
                    part=model.part,
                    replicas=model.replicas,
                    max_replicas=model.max_replicas,
                    at_cpu=settings.scale_at_cpu,
                ),
                opts,
            )
    Promoter(
        names.PROMOTER,
        PromoterArgs(
            placement=placement,
            image=image,
            models=settings.models,
            tracking_uri=tracking_uri,
            login=_login(auth, names.MODEL_PROMOTER),
            login_fingerprint=auth and auth.logins[names.MODEL_PROMOTER].fingerprint,
        ),
        opts,
    )


def _login(auth: Auth | None, user: str) -> Sequence[EnvVarArgs]:
    """What a program logs in to MLflow with; nothing where everybody may ask."""
    if auth is None:
        return []
    login = auth.logins[user]
    return [
        login.variable("MLFLOW_TRACKING_USERNAME", key="username"),
        login.variable("MLFLOW_TRACKING_PASSWORD", key="password"),
    ]


def _reading(settings: Settings, store: Store) -> Sequence[EnvVarArgs]:
    """What it takes to read files where clients go to the store themselves."""
    if settings.artifacts != "direct":
        return []
    return [
        *store.key.variables("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        *pods.variables(
            {
                "MLFLOW_S3_ENDPOINT_URL": store.endpoint_url,
                "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE": "path",
                "AWS_DEFAULT_REGION": store.region,
            }
        ),
    ]
