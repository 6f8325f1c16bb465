"""What the pods of a stack are told of its database and its store, whoever runs those."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import EnvVarArgs

from mlplatform.secret_objects import SecretReference


@dataclass(frozen=True, kw_only=True)
class Database:
    """A Postgres with a database for MLflow.

    Attributes:
        host: name of the server.
        variables: what MLflow's pods reach it with.
        dump_variables: what the command `database` of our Postgres image reaches it with.
        fingerprints: fingerprints of the Secrets that hold these, by name.
        auth_uri: the database of MLflow's users on the same server, for pods that have `variables`.
    """

    host: str
    variables: Sequence[EnvVarArgs]
    dump_variables: Sequence[EnvVarArgs]
    fingerprints: Mapping[str, pulumi.Input[str]]
    auth_uri: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class S3Key:
    """A Secret with a key of a store.

    Attributes:
        secret: the Secret.
        access_key: where in it the access key is.
        secret_key: where in it the secret key is.
    """

    secret: SecretReference
    access_key: str = "accessKey"
    secret_key: str = "secretKey"  # noqa: S105 - the name of a place

    def variables(self, access_key: str, secret_key: str) -> list[EnvVarArgs]:
        """Return environment variables of the given names with the two halves of the key."""
        return [
            self.secret.variable(access_key, key=self.access_key),
            self.secret.variable(secret_key, key=self.secret_key),
        ]


@dataclass(frozen=True, kw_only=True)
class Store:
    """An S3 store with a bucket for MLflow.

    Attributes:
        bucket: name of the bucket.
        endpoint_url: its S3 API, as seen from inside the cluster.
        public_url: its S3 API, as seen by clients.
        region: what requests are signed for.
        ca_file: where pods have the certificate that it is checked against; None for those that
            they trust anyway.
        key: MLflow's key.
        ready: completes when the bucket can be used with the key.
        metrics_key: the Secret with what lets a scraper read its metrics, under `token`; None where
            nothing does.
    """

    bucket: str
    endpoint_url: str
    public_url: str
    region: str
    ca_file: str | None
    key: S3Key
    ready: pulumi.Resource
    metrics_key: SecretReference | None = None
