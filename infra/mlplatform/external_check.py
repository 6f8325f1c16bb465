"""Asks an external Postgres, before anything is made, whether MLflow can live there."""

import tempfile
from typing import Any

import psycopg2
import pulumi

from mlplatform import connections, external
from mlplatform.existing import Existing
from mlplatform.problems import Problem, SettingsError
from mlplatform.references import CA_FILE, LOGIN
from mlplatform.settings import Settings

_CONNECT_TIMEOUT_S = 5
# pg_dump of our image; it takes no server that is newer than itself.
_NEWEST_TO_DUMP = 17
# What libpq says once a server has answered; everything else may be this machine's own place in
# the network.
_ANSWERED = ("FATAL:", "SSL", "certificate")


def refuse(settings: Settings, existing: Existing) -> None:
    """Hold the settings against what the database says.

    A database that cannot be reached from here may be within reach of the cluster: that is said,
    and the migration Job asks again, from there.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.

    Raises:
        SettingsError: it refuses, or MLflow could not work there; nothing has been created yet.
    """
    if settings.external_postgres is None:
        return
    login = existing.content("Secret", settings.external_postgres_secret)
    certificates = existing.content("ConfigMap", settings.ca_bundle or "").get(CA_FILE, "")
    databases = {"externalPostgresDatabase": settings.external_postgres_database}
    if settings.has_auth:
        databases["externalPostgresAuthDatabase"] = settings.external_postgres_auth_database
    try:
        found = {
            key: _ask(settings, name, [login[part] for part in LOGIN], certificates)
            for key, name in databases.items()
        }
    except psycopg2.OperationalError as error:
        reason = str(error).strip()
        if any(sign in reason for sign in _ANSWERED):
            raise SettingsError(settings.stack, [_refused(settings, reason)]) from error
        pulumi.log.info(
            f"externalPostgres does not answer this machine, and is left to the cluster: {reason}"
        )
        return
    facts = found["externalPostgresDatabase"]
    problems = [
        _not_owned(key, databases[key]) for key, one in found.items() if not one["may_create"]
    ]
    problems += _backup_problems(settings, facts["major_version"])
    if problems:
        raise SettingsError(settings.stack, problems)
    needed = connections.wanted(settings.most_replicas, settings.has_auth)
    if facts["max_connections"] < needed:
        pulumi.log.warn(
            f"externalPostgres takes {facts['max_connections']} connections; MLflow may want "
            f"{needed} when every one of its pods is busy, and then clients get errors"
        )


def _ask(settings: Settings, database: str, login: list[str], certificates: str) -> dict[str, Any]:
    host, port = external.host_and_port(settings)
    user, password = login
    with tempfile.NamedTemporaryFile("w", suffix=".crt") as file:
        file.write(certificates)
        file.flush()
        connection = psycopg2.connect(
            host=host,
            port=port,
            dbname=database,
            user=user,
            password=password,
            sslmode=settings.external_postgres_tls,
            sslrootcert=file.name if settings.external_postgres_tls == "verify-full" else "",
            connect_timeout=_CONNECT_TIMEOUT_S,
        )
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version_num')::int / 10000,"
                " current_setting('max_connections')::int,"
                " has_schema_privilege('public', 'CREATE')"
            )
            [row] = cursor.fetchall()
    finally:
        connection.close()
    return dict(zip(("major_version", "max_connections", "may_create"), row, strict=True))


def _refused(settings: Settings, reason: str) -> Problem:
    return Problem(
        key="externalPostgres",
        got=f"'{settings.external_postgres}', which refuses: {reason}",
        want="a database that takes the login of externalPostgresSecret",
        hint="see externalPostgresDatabase, externalPostgresAuthDatabase, externalPostgresTls and"
        " caBundle too",
    )


def _not_owned(key: str, database: str) -> Problem:
    return Problem(
        key=key,
        got=f"'{database}', where the user may make no tables",
        want="a database that the user owns",
        hint=f"example: ALTER DATABASE {database} OWNER TO the user",
    )


def _backup_problems(settings: Settings, major_version: int) -> list[Problem]:
    if settings.backup_schedule is None or major_version <= _NEWEST_TO_DUMP:
        return []
    return [
        Problem(
            key="backupSchedule",
            got=f"a schedule, with Postgres {major_version}",
            want=f"Postgres {_NEWEST_TO_DUMP} or older: pg_dump {_NEWEST_TO_DUMP} takes no "
            "newer one",
            hint="leave the backups to whoever runs the database",
        )
    ]
