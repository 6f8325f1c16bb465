"""What the settings demand of every pod of a stack, whatever its part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.core.v1 import LocalObjectReferenceArgs, TolerationArgs

from mlplatform import names, scrapes
from mlplatform.pod_values import Toleration
from mlplatform.settings import Settings


@dataclass(frozen=True, kw_only=True)
class PodSettings:
    """The demands; nothing, unless said otherwise.

    Attributes:
        ca_bundle: name of the ConfigMap with the certificates that pods trust; None for those that
            their images trust.
        authority: name of the ConfigMap with the certificate of the stack's own authority; None
            where no server inside the cluster has one of it.
        labels: labels besides our own.
        annotations: annotations besides our own.
        image_pull_secrets: names of the Secrets with logins of registries.
        node_selector: labels that a node must have.
        tolerations: taints that it may have.
        priority_class: name of the PriorityClass.
        service_account: name of the ServiceAccount; None for the namespace's own.
        resources: requests and limits by part, such as `requests.cpu`, in place of our own.
        scraped: by part, the annotations that a Prometheus finds its pods by.
    """

    ca_bundle: str | None
    authority: pulumi.Input[str] | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    image_pull_secrets: Sequence[str]
    node_selector: Mapping[str, str] | None
    tolerations: Sequence[Toleration]
    priority_class: str | None
    service_account: pulumi.Input[str] | None
    resources: Mapping[str, Mapping[str, str]]
    scraped: Mapping[str, Mapping[str, str]]

    def spec(self) -> dict[str, Any]:
        """Return the fields of a pod's specification that follow from the demands."""
        return {
            "node_selector": self.node_selector,
            "priority_class_name": self.priority_class,
            "service_account_name": self.service_account,
            "image_pull_secrets": [
                LocalObjectReferenceArgs(name=name) for name in self.image_pull_secrets
            ]
            or None,
            "tolerations": [
                TolerationArgs(
                    key=one.key,
                    value=one.value,
                    operator="Exists" if one.value is None else "Equal",
                    effect=one.effect,
                )
                for one in self.tolerations
            ]
            or None,
        }


def of(
    settings: Settings,
    service_account: pulumi.Input[str] | None,
    authority: pulumi.Input[str] | None,
) -> PodSettings:
    """Return what the settings demand.

    Args:
        settings: the settings of the stack.
        service_account: name of the stack's ServiceAccount; None where it has none.
        authority: name of the ConfigMap with the certificate of its own authority, where pods need
            that.
    """
    resources = {
        names.POSTGRES: settings.postgres_resources,
        names.MINIO: settings.minio_resources,
        names.MLFLOW: settings.mlflow_resources,
        names.BUCKET_JOB: settings.job_resources,
        names.MIGRATION_JOB: settings.job_resources,
        names.BACKUP: settings.job_resources,
        names.RENEWAL: settings.job_resources,
        **{model.part: model.resources for model in settings.models},
    }
    return PodSettings(
        ca_bundle=settings.ca_bundle,
        authority=authority,
        labels=settings.pod_labels or {},
        annotations=settings.pod_annotations or {},
        image_pull_secrets=settings.image_pull_secrets or (),
        node_selector=settings.node_selector,
        tolerations=settings.tolerations or (),
        priority_class=settings.priority_class,
        service_account=service_account,
        resources={part: chosen for part, chosen in resources.items() if chosen},
        scraped=scrapes.annotations(settings),
    )
