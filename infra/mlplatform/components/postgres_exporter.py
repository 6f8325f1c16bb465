"""What tells a scraper of Postgres."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    HTTPGetActionArgs,
)

from mlplatform import pods, scrapes
from mlplatform.probes import probes
from mlplatform.secret_objects import SecretReference

_ROLE = "monitor"


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """Who reads Postgres' numbers.

    Attributes:
        image: image with the exporter.
        password: password of the role, which has Postgres' own rights for this and no others.
    """

    image: str
    password: pulumi.Input[str]


def exporter(image: str, secret: SecretReference, port: int, database: str) -> ContainerArgs:
    """Return the container beside Postgres, where it needs neither TLS nor a way through policies.

    Args:
        image: image with the exporter.
        secret: the Secret that holds the role's password under `monitorPassword`.
        port: where Postgres listens.
        database: what it connects to.
    """
    alive = HTTPGetActionArgs(path="/", port="metrics")  # /metrics asks Postgres.
    return ContainerArgs(
        name="postgres-exporter",
        image=image,
        image_pull_policy="IfNotPresent",
        command=[
            "prometheus-postgres-exporter",
            f"--web.listen-address=:{scrapes.POSTGRES_PORT}",
            # 2,000 series of MLflow's tables and Postgres' settings, which nothing asks for.
            "--no-collector.stat_user_tables",
            "--no-collector.statio_user_tables",
            "--disable-settings-metrics",
        ],
        env=[
            secret.variable("DATA_SOURCE_PASS", key="monitorPassword"),
            *pods.variables(
                {
                    "DATA_SOURCE_URI": f"127.0.0.1:{port}/{database}?sslmode=disable",
                    "DATA_SOURCE_USER": _ROLE,
                    # Go lets its heap double before it looks for garbage.
                    "GOGC": "25",
                }
            ),
        ],
        ports=[ContainerPortArgs(name="metrics", container_port=scrapes.POSTGRES_PORT)],
        **probes(60, http_get=alive),
        resources=pods.resources(cpu="5m", memory="16Mi", memory_limit="64Mi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[],
    )
