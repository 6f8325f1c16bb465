"""The stack's passwords and keys: those the user gave, and generated ones for the rest."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pulumi

from mlplatform.previous import Previous
from mlplatform.random_text import RandomText

_PASSWORD_LENGTH = 32
# The lengths that S3 clients know from AWS.
_ACCESS_KEY_LENGTH = 20
_SECRET_KEY_LENGTH = 40
# 32 bytes as Base64, less the padding.
_WEBHOOK_KEY_LENGTH = 43


@dataclass(frozen=True, kw_only=True)
class CredentialsArgs:
    """Arguments of `Credentials`; None is generated.

    Attributes:
        postgres_password: what the user wants.
        minio_root_password: what the user wants.
        s3_secret_key: what the user wants.
        auth_admin_password: what the user wants.
        has_auth: whether MLflow asks for passwords.
        is_monitored: whether anybody reads the numbers of Postgres and the store.
        machines: names of MLflow's users that are programs of the stack, where it asks.
        webhook_key: the key of a stack of before, whose data this one takes over.
    """

    postgres_password: str | None
    minio_root_password: str | None
    s3_secret_key: str | None
    auth_admin_password: str | None
    has_auth: bool
    is_monitored: bool
    machines: Collection[str]
    webhook_key: str | None


class Credentials(pulumi.ComponentResource):
    """All credentials of a stack, each one a secret output.

    Attributes:
        postgres_password: password of the database's owner.
        minio_root_user: name of the store's root user.
        minio_root_password: its password.
        s3_access_key: access key of MLflow's user of the store.
        s3_secret_key: its secret key.
        auth_admin_password: password of MLflow's administrator; None where it asks for none.
        machine_passwords: passwords of programs of the stack, by their name in MLflow.
        flask_key: what MLflow's servers sign its form for new users with; None likewise.
        monitor_password: password of the role that reads Postgres' numbers; None where none does.
        metrics_key: access key and secret key of the user that reads the store's; None likewise.
        webhook_key: key that MLflow encrypts the secrets of webhooks with, as Fernet takes it.
        previous_webhook_key: what that was before it was changed; "" where it never was.
        fingerprint_key: key of the fingerprints of Secrets; opens nothing.
    """

    postgres_password: pulumi.Output[str]
    minio_root_user: pulumi.Output[str]
    minio_root_password: pulumi.Output[str]
    s3_access_key: pulumi.Output[str]
    s3_secret_key: pulumi.Output[str]
    auth_admin_password: pulumi.Output[str] | None = None
    machine_passwords: Mapping[str, pulumi.Output[str]]
    flask_key: pulumi.Output[str] | None = None
    monitor_password: pulumi.Output[str] | None = None
    metrics_key: tuple[pulumi.Output[str], pulumi.Output[str]] | None = None
    webhook_key: pulumi.Output[str]
    previous_webhook_key: pulumi.Output[str]
    fingerprint_key: pulumi.Output[str]

    def __init__(
        self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Generate what is not given.

        Args:
            name: name of the component.
            args: what is given.
            opts: options of the component.
        """
        super().__init__("mlplatform:index:Credentials", name, None, opts)

        def credential(purpose: str, length: int, given: str | None = None) -> pulumi.Output[str]:
            if given is not None:
                return pulumi.Output.secret(given)
            opts = pulumi.ResourceOptions(parent=self, additional_secret_outputs=["value"])
            return pulumi.Output.secret(RandomText(f"{name}-{purpose}", length, opts).value)

        self.postgres_password = credential(
            "postgres-password", _PASSWORD_LENGTH, args.postgres_password
        )
        # User names and access keys are random too: with MinIO's own images, which minioImage may
        # name, whoever knows one can write (CVE-2026-40344).
        self.minio_root_user = credential("minio-root-user", _ACCESS_KEY_LENGTH)
        self.minio_root_password = credential(
            "minio-root-password", _PASSWORD_LENGTH, args.minio_root_password
        )
        self.s3_access_key = credential("s3-access-key", _ACCESS_KEY_LENGTH)
        self.s3_secret_key = credential("s3-secret-key", _SECRET_KEY_LENGTH, args.s3_secret_key)
        if args.has_auth:
            self.auth_admin_password = credential(
                "auth-admin-password", _PASSWORD_LENGTH, args.auth_admin_password
            )
            self.flask_key = credential("flask-key", _PASSWORD_LENGTH)
        if args.is_monitored:
            self.monitor_password = credential("monitor-password", _PASSWORD_LENGTH)
            self.metrics_key = (
                credential("metrics-access-key", _ACCESS_KEY_LENGTH),
                credential("metrics-secret-key", _SECRET_KEY_LENGTH),
            )
        self.machine_passwords = {
            machine: credential(f"{machine}-password", _PASSWORD_LENGTH)
            for machine in args.machines
            if args.has_auth
        }
        # What it has encrypted outlives the state.
        kept = args.webhook_key and pulumi.Output.secret(args.webhook_key.removesuffix("="))
        opts = pulumi.ResourceOptions(parent=self, additional_secret_outputs=["value"])
        webhook_key = RandomText(f"{name}-webhook-key", _WEBHOOK_KEY_LENGTH, opts, value=kept)
        self.webhook_key = pulumi.Output.secret(webhook_key.value).apply(lambda text: f"{text}=")
        previous = Previous(
            f"{name}-previous-webhook-key", self.webhook_key, pulumi.ResourceOptions(parent=self)
        )
        self.previous_webhook_key = pulumi.Output.secret(previous.previous)
        self.fingerprint_key = credential("fingerprint-key", _PASSWORD_LENGTH)
        self.register_outputs({})
