"""A bucket that is not the stack's: asked once, from inside the cluster, before it is needed."""

from dataclasses import dataclass

import pulumi

from mlplatform import names
from mlplatform.backends import S3Key
from mlplatform.jobs import preparation_job
from mlplatform.placement import Placement


@dataclass(frozen=True, kw_only=True)
class BucketCheckArgs:
    """Arguments of `BucketCheck`.

    Attributes:
        placement: the stack it belongs to.
        image: image of MLflow, which has the client that is needed.
        endpoint_url: the store's S3 API.
        bucket: name of the bucket.
        region: what requests are signed for.
        key: MLflow's key.
    """

    placement: Placement
    image: str
    endpoint_url: str
    bucket: str
    region: str
    key: S3Key


class BucketCheck(pulumi.ComponentResource):
    """A Job that does with the bucket what MLflow will do, and fails where it may not."""

    def __init__(
        self, name: str, args: BucketCheckArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the Job.

        Args:
            name: name of the component.
            args: what to check.
            opts: options of the component; its provider is that of the Job.
        """
        super().__init__("mlplatform:index:BucketCheck", name, None, opts)
        preparation_job(
            f"{name}-job",
            names.BUCKET_JOB,
            args.placement,
            image=args.image,
            module="mlplatform_server.bucket_check",
            secrets=args.key.variables("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
            environment={
                "S3_ENDPOINT_URL": args.endpoint_url,
                "BUCKET": args.bucket,
                "AWS_DEFAULT_REGION": args.region,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
                "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
            },
            fingerprints={"key": args.key.secret.fingerprint},
            deadline_seconds=35,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
