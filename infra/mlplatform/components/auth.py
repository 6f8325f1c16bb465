"""Who may ask MLflow for what: the configuration of its basic auth, and its administrator."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import EnvVarArgs

from mlplatform import names, pods
from mlplatform.placement import Placement
from mlplatform.secret_objects import SecretReference, keep_secret

_DIRECTORY = "/etc/mlflow-auth"
_FILE = "basic_auth.ini"
# Without a cache every call compares a hash, which takes its tens of milliseconds by design. So
# long may a password that was changed be good for another pod than the one that changed it.
_CACHE_TTL_S = 30


@dataclass(frozen=True, kw_only=True)
class AuthArgs:
    """Arguments of `Auth`.

    Attributes:
        placement: the stack it belongs to.
        database_uri: the database of users, for pods that reach the database of runs.
        default_permission: what a user may do with what others have made.
        admin_password: password of the administrator.
        machine_passwords: those of the stack's own programs, by their name in MLflow.
        flask_key: key that all servers share.
    """

    placement: Placement
    database_uri: pulumi.Input[str]
    default_permission: str
    admin_password: pulumi.Input[str]
    machine_passwords: Mapping[str, pulumi.Input[str]]
    flask_key: pulumi.Input[str]


class Auth(pulumi.ComponentResource):
    """The Secrets of basic auth.

    Attributes:
        configuration: what servers and the migration Job read.
        admin: user name and password of the administrator, for clients.
        logins: user name and password of each program of the stack, by its name in MLflow.
        volume: the file of the configuration.
        variables: what tells MLflow where it is.
        flask_key: what a server needs besides.
        passwords: what the migration Job needs besides.
        fingerprints: of all that it reads.
    """

    configuration: SecretReference
    admin: SecretReference
    logins: Mapping[str, SecretReference]
    volume: pods.SecretVolume
    variables: list[EnvVarArgs]
    flask_key: EnvVarArgs
    passwords: list[EnvVarArgs]
    fingerprints: Mapping[str, pulumi.Input[str]]

    def __init__(
        self, name: str, args: AuthArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the Secrets.

        Args:
            name: name of the component.
            args: what they hold.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Auth", name, None, opts)
        part, placement = names.MLFLOW, args.placement
        self.configuration = keep_secret(
            f"{name}-secret",
            part,
            placement,
            name=names.AUTH,
            content={
                _FILE: pulumi.Output.from_input(args.database_uri).apply(
                    lambda uri: _configuration(uri, args.default_permission)
                ),
                "flaskKey": args.flask_key,
            },
            parent=self,
        )
        secrets = {
            user: keep_secret(
                resource,
                part,
                placement,
                name=secret,
                content={"username": user, "password": password},
                parent=self,
            )
            for user, resource, secret, password in (
                (names.ADMIN, f"{name}-admin", names.AUTH_ADMIN, args.admin_password),
                *(
                    (machine, f"{name}-{machine}", f"{names.AUTH}-{machine}", password)
                    for machine, password in args.machine_passwords.items()
                ),
            )
        }
        self.admin = secrets[names.ADMIN]
        self.logins = {machine: secrets[machine] for machine in args.machine_passwords}
        self.volume = pods.SecretVolume(
            name="auth", path=_DIRECTORY, secret=self.configuration.name, keys=(_FILE,)
        )
        self.variables = pods.variables({"MLFLOW_AUTH_CONFIG_PATH": f"{_DIRECTORY}/{_FILE}"})
        self.flask_key = self.configuration.variable(
            "MLFLOW_FLASK_SERVER_SECRET_KEY", key="flaskKey"
        )
        self.passwords = [
            secret.variable(password_variable(user), key="password")
            for user, secret in secrets.items()
        ]
        self.fingerprints = {
            "auth": self.configuration.fingerprint,
            **{f"auth-{user}": secret.fingerprint for user, secret in secrets.items()},
        }
        self.register_outputs({})


def password_variable(user: str) -> str:
    """Return the variable in which the migration Job finds a user's password."""
    return f"MLPLATFORM_PASSWORD_{user.upper().replace('-', '_')}"


def _configuration(database_uri: str, default_permission: str) -> str:
    """Return the file that MLflow reads, with ConfigParser, to which a `%` begins a reference."""
    return f"""[mlflow]
database_uri = {database_uri.replace("%", "%%")}
default_permission = {default_permission}
admin_username = {names.ADMIN}
auth_cache_ttl_seconds = {_CACHE_TTL_S}
"""
