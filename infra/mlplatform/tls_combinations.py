"""Values about TLS that are good by themselves and cannot be had together."""

from collections.abc import Mapping
from typing import Any

from mlplatform.problems import Problem


def problems(read: Mapping[str, Any]) -> list[Problem]:
    """Hold the values of a configuration against each other.

    Args:
        read: values by key; None also for one that was refused by itself.
    """
    return [*_certificate_problems(read), *_gateway_problems(read), *_inside_problems(read)]


def _certificate_problems(read: Mapping[str, Any]) -> list[Problem]:
    """A certificate is named where it is used, and used where it is named."""
    found = []
    if read["tls"] == "secret" and read["tlsSecret"] is None:
        found.append(
            Problem(
                key="tlsSecret",
                got="none, with tls secret",
                want="the Secret with the certificate of both hosts",
                hint="example: mlflow-tls",
            )
        )
    for key, ways in (("tlsSecret", ("secret",)), ("tlsIssuer", (None, "cert-manager"))):
        if read[key] is not None and read["tls"] not in ways:
            found.append(
                Problem(
                    key=key,
                    got=f"'{read[key]}', with tls {read['tls'] or 'auto'}",
                    want=f"auto, or tls {ways[-1]}, which uses it",
                    hint=f"example: pulumi config set tls {ways[-1]}",
                )
            )
    return found


def _gateway_problems(read: Mapping[str, Any]) -> list[Problem]:
    """A route has no certificate: the listener of its Gateway has it, which is its owner's."""
    if read["gateway"] is None or read["tls"] in (None, "off"):
        return []
    return [
        Problem(
            key="tls",
            got=f"'{read['tls']}', with a gateway",
            want="auto (TLS if the Gateway has a listener for it) or off",
            hint="the certificate belongs to the listener of the Gateway, not to the stack",
        )
    ]


def _inside_problems(read: Mapping[str, Any]) -> list[Problem]:
    """TLS between the pods of a stack, which servers of others have in their own way."""
    found = []
    if read["postgresTls"] and read["externalPostgres"] is not None:
        found.append(_others("postgresTls", "externalPostgresTls verify-full or require"))
    if not read["minioTls"]:
        return found
    if read["externalS3"] is not None:
        found.append(_others("minioTls", "externalS3 https://..."))
    elif read["store"] == "seaweedfs":
        found.append(
            Problem(
                key="minioTls",
                got="'true', with store seaweedfs",
                want="false: only MinIO is set up for it",
                hint="or store minio",
            )
        )
    elif read["minioPublished"]:
        found.append(
            Problem(
                key="minioTls",
                got="'true', with minioPublished true",
                want="false: an ingress controller does not know the authority of the stack",
                hint="or pulumi config set minioPublished false",
            )
        )
    return found


def _others(key: str, instead: str) -> Problem:
    return Problem(
        key=key,
        got="'true', for a server that is not the stack's",
        want=f"false, and {instead}",
        hint="what is external has a certificate of its own",
    )
