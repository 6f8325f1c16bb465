"""What a stack's own store is made from, whichever program it is."""

from dataclasses import dataclass

import pulumi

from mlplatform.existing import Claim
from mlplatform.placement import Placement


@dataclass(frozen=True, kw_only=True)
class StoreServerArgs:
    """Arguments of `Minio` and of `Seaweedfs`.

    Attributes:
        placement: the stack it belongs to.
        image: image of the server.
        kept_claim: the claim that holds its data already; None where there is none.
        storage: size of the volume, a Kubernetes quantity.
        storage_class: None for the cluster's default class.
        root_user: access key that may do everything.
        root_password: its secret key.
        access_key: access key that is good for MLflow's bucket alone.
        secret_key: its secret key.
    """

    placement: Placement
    image: str
    kept_claim: Claim | None
    storage: str
    storage_class: str | None
    root_user: pulumi.Input[str]
    root_password: pulumi.Input[str]
    access_key: pulumi.Input[str]
    secret_key: pulumi.Input[str]
