"""A Postgres and an S3 store that are not the stack's, described by settings."""

from urllib.parse import urlencode

from mlplatform import pods, trust
from mlplatform.backends import Database, S3Key
from mlplatform.connections import GIVE_UP
from mlplatform.existing import Existing
from mlplatform.references import LOGIN, S3_KEY
from mlplatform.secret_objects import SecretReference
from mlplatform.settings import Settings

_PORT = "5432"


def host_and_port(settings: Settings) -> tuple[str, str]:
    """Return where the external Postgres is."""
    host, _, port = (settings.external_postgres or "").partition(":")
    return host, port or _PORT


def database(settings: Settings, existing: Existing) -> Database:
    """Return the external Postgres as pods reach it.

    The URI holds no secret: what it leaves out, libpq takes from its own variables
    (https://www.postgresql.org/docs/17/libpq-envars.html), so that the Secret may be anybody's.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
    """
    name = settings.external_postgres_secret
    login = SecretReference(name=name, fingerprint=existing.version("Secret", name))
    host, port = host_and_port(settings)
    user, password = LOGIN
    auth_database = settings.external_postgres_auth_database
    shared = {"PGPORT": port, "PGSSLMODE": settings.external_postgres_tls}
    if settings.external_postgres_tls == "verify-full":
        shared["PGSSLROOTCERT"] = trust.CA_PATH
    return Database(
        host=host,
        variables=[
            login.variable("PGUSER", key=user),
            login.variable("PGPASSWORD", key=password),
            *pods.variables(
                {
                    **shared,
                    "PGHOST": host,
                    "PGDATABASE": settings.external_postgres_database,
                    "MLFLOW_BACKEND_STORE_URI": f"postgresql+psycopg2:///?{urlencode(GIVE_UP)}",
                }
            ),
        ],
        dump_variables=[
            login.variable("POSTGRES_USER", key=user),
            login.variable("POSTGRES_PASSWORD", key=password),
            *pods.variables(
                {
                    **shared,
                    "POSTGRES_DB": settings.external_postgres_database,
                    **({"POSTGRES_AUTH_DB": auth_database} if settings.has_auth else {}),
                }
            ),
        ],
        fingerprints={"backend-store": login.fingerprint},
        auth_uri=f"postgresql+psycopg2:///{auth_database}?{urlencode(GIVE_UP)}",
    )


def s3_key(settings: Settings, existing: Existing) -> S3Key:
    """Return the key of the external store.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
    """
    name = settings.external_s3_secret
    access_key, secret_key = S3_KEY
    return S3Key(
        secret=SecretReference(name=name, fingerprint=existing.version("Secret", name)),
        access_key=access_key,
        secret_key=secret_key,
    )
