"""The bucket for MLflow's artifacts, and a key that is good for this bucket alone."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Secret

from mlplatform import names, pods
from mlplatform.jobs import preparation_job
from mlplatform.placement import Placement


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """Arguments of `Bucket`.

    Attributes:
        placement: the stack it belongs to.
        image: image of MLflow, which has the client that is needed.
        endpoint_url: the store's S3 API.
        root: the Secret that holds the store's root user under `user` and `password`.
        access_key: access key that MLflow will use.
        secret_key: its secret key.
    """

    placement: Placement
    image: str
    endpoint_url: str
    root: pods.SecretReference
    access_key: pulumi.Input[str]
    secret_key: pulumi.Input[str]


class Bucket(pulumi.ComponentResource):
    """A Job that makes the bucket, a user, and the policy between them.

    Attributes:
        key: the Secret that holds the user's key under `accessKey` and `secretKey`.
        done: name of the Job, known once it has completed.
    """

    key: pods.SecretReference
    done: pulumi.Output[str]

    def __init__(
        self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the Secret and the Job.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Bucket", name, None, opts)
        self.key = pods.SecretReference.to(
            Secret(
                f"{name}-secret",
                metadata=args.placement.metadata(names.BUCKET_JOB, "artifact-store"),
                string_data={"accessKey": args.access_key, "secretKey": args.secret_key},
                opts=pulumi.ResourceOptions(parent=self),
            )
        )
        job = preparation_job(
            f"{name}-job",
            names.BUCKET_JOB,
            args.placement,
            image=args.image,
            module="mlplatform_server.bucket",
            secrets=[
                args.root.variable("MINIO_ROOT_USER", key="user"),
                args.root.variable("MINIO_ROOT_PASSWORD", key="password"),
                self.key.variable("S3_ACCESS_KEY", key="accessKey"),
                self.key.variable("S3_SECRET_KEY", key="secretKey"),
            ],
            environment={"S3_ENDPOINT_URL": args.endpoint_url, "BUCKET": names.BUCKET},
            follows={"root-version": args.root.version, "key-version": self.key.version},
            parent=self,
        )
        self.done = job.metadata.name
        self.register_outputs({"done": self.done})
