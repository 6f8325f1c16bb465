"""What a stack tells of itself: to clients, to the smoke tests, to a person."""

from typing import Any

import pulumi

from mlplatform import names, public_hosts
from mlplatform.backends import Store
from mlplatform.certificates import Authority
from mlplatform.components.credentials import Credentials
from mlplatform.settings import Settings
from mlplatform.tls import Tls


def of(
    settings: Settings,
    tls: Tls,
    namespace: pulumi.Input[str],
    store: Store,
    credentials: Credentials,
    authority: Authority | None,
) -> dict[str, Any]:
    """Return the outputs of a stack, by name.

    Args:
        settings: the settings of the stack.
        tls: how its hosts are served.
        namespace: name of its namespace.
        store: its store, or that of others.
        credentials: its passwords and keys.
        authority: its own authority, if it has one.
    """
    return {
        "trackingUri": f"{tls.scheme}://{settings.hosts.mlflow}",
        "s3EndpointUrl": store.public_url,
        "mlflowHost": settings.hosts.mlflow,
        "namespace": namespace,
        "context": settings.context,
        "bucket": store.bucket,
        "artifacts": settings.artifacts,
        "ephemeral": settings.ephemeral,
        **({"authSecret": names.AUTH_ADMIN} if settings.has_auth else {}),
        **(
            {"ingressClass": settings.ingress_class}
            if settings.gateway is None
            else {"gateway": "/".join(settings.gateway)}
        ),
        "mlflowFeatures": ",".join(sorted(settings.mlflow_features)) or "none",
        **({"monitoring": settings.monitoring} if settings.is_monitored else {}),
        **(
            {"prometheusUrl": f"{tls.scheme}://{settings.hosts.prometheus}"}
            if settings.has_prometheus
            else {}
        ),
        **({"models": _models(settings, tls.scheme)} if settings.models else {}),
        **({} if settings.expires_at is None else {"expiresAt": settings.expires_at}),
        **({} if tls.secret is None else {"tlsSecret": tls.secret}),
        **({"plainHttp": "redirect"} if tls.answers_308 else {}),
        **_external_outputs(settings),
        **({"storeCa": authority.certificate} if authority and settings.minio_tls else {}),
        **({} if names.MINIO in settings.external else _own_store_outputs(settings, credentials)),
    }


def _own_store_outputs(settings: Settings, credentials: Credentials) -> dict[str, Any]:
    published = public_hosts.has_store(settings)
    return {
        **({"minioHost": settings.hosts.minio} if published else {"storeService": names.MINIO}),
        "s3AccessKey": credentials.s3_access_key,
        "s3SecretKey": credentials.s3_secret_key,
    }


def _models(settings: Settings, scheme: str) -> list[dict[str, str]]:
    """Where each model answers, and where the token is that this takes."""
    urls = {
        public.service: f"{scheme}://{public.host}{public.path}".rstrip("/")
        for public in public_hosts.of(settings)
    }
    return [
        {
            "part": model.part,
            "name": model.name,
            "alias": model.alias,
            "url": urls[model.part],
            **({"tokenSecret": model.part} if settings.has_auth else {}),
        }
        for model in settings.models
    ]


def _external_outputs(settings: Settings) -> dict[str, Any]:
    """What is not the stack's; the key of others is read where it is, by whoever needs it."""
    outputs: dict[str, Any] = {}
    if settings.external:
        outputs["external"] = ",".join(sorted(settings.external))
    if names.MINIO in settings.external:
        outputs["externalS3Secret"] = settings.external_s3_secret
        outputs["s3Region"] = settings.external_s3_region
    return outputs
