"""The bucket for MLflow's artifacts, and a key that is good for this bucket alone."""

from dataclasses import dataclass

import pulumi

from mlplatform import names
from mlplatform.jobs import preparation_job
from mlplatform.placement import Placement
from mlplatform.secret_objects import SecretReference, keep_secret
from mlplatform.store_token import token


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """Arguments of `Bucket`.

    Attributes:
        placement: the stack it belongs to.
        image: image of MLflow, which has the client that is needed.
        endpoint_url: the store's S3 API.
        ca_file: where pods have the certificate that it is checked against; None without TLS.
        root: the Secret that holds the store's root user under `user` and `password`.
        access_key: access key that MLflow will use.
        secret_key: its secret key.
        makes_user: whether the store has yet to learn of the key.
        metrics_key: access key and secret key of a user that reads metrics; None for none.
        awaited: as for `preparation_job`.
    """

    placement: Placement
    image: str
    endpoint_url: str
    ca_file: str | None
    root: SecretReference
    access_key: pulumi.Input[str]
    secret_key: pulumi.Input[str]
    makes_user: bool
    metrics_key: tuple[pulumi.Input[str], pulumi.Input[str]] | None
    awaited: bool


class Bucket(pulumi.ComponentResource):
    """A Job that makes the bucket, a user, and the policy between them.

    Attributes:
        key: the Secret that holds the user's key under `accessKey` and `secretKey`.
        metrics_key: the Secret that holds what reads metrics, under `accessKey`, `secretKey` and,
            made of both, `token`; None for none.
        done: name of the Job, known once it has completed, where it is awaited.
    """

    key: SecretReference
    metrics_key: SecretReference | None = None
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
        self.key = keep_secret(
            f"{name}-secret",
            names.BUCKET_JOB,
            args.placement,
            name="artifact-store",
            content={"accessKey": args.access_key, "secretKey": args.secret_key},
            parent=self,
        )
        if args.metrics_key is not None:
            access, secret = args.metrics_key
            self.metrics_key = keep_secret(
                f"{name}-metrics",
                names.BUCKET_JOB,
                args.placement,
                name="store-metrics",
                content={
                    "accessKey": access,
                    "secretKey": secret,
                    "token": pulumi.Output.all(access, secret).apply(lambda key: token(*key)),
                },
                parent=self,
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
                *(
                    []
                    if self.metrics_key is None
                    else [
                        self.metrics_key.variable("METRICS_ACCESS_KEY", key="accessKey"),
                        self.metrics_key.variable("METRICS_SECRET_KEY", key="secretKey"),
                    ]
                ),
            ],
            environment={
                "S3_ENDPOINT_URL": args.endpoint_url,
                "BUCKET": names.BUCKET,
                **({} if args.makes_user else {"USER_IS_MADE": "true"}),
                **({} if args.ca_file is None else {"SSL_CERT_FILE": args.ca_file}),
            },
            fingerprints={
                "root": args.root.fingerprint,
                "key": self.key.fingerprint,
                **(
                    {}
                    if self.metrics_key is None
                    else {"metrics-key": self.metrics_key.fingerprint}
                ),
            },
            deadline_seconds=35,
            awaited=args.awaited,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.done = job.metadata.name
        self.register_outputs({"done": self.done})
