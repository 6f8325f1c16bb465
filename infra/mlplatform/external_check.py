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
    try:
        facts = _ask(settings, [login[key] for key in LOGIN], certificates)
    except psycopg2.OperationalError as error:
        reason = str(error).strip()
        if any(sign in reason for sign in _ANSWERED):
            raise SettingsError(settings.stack, [_refused(settings, reason)]) from error
        pulumi.log.info(
            f"externalPostgres does not answer this machine, and is left to the cluster: {reason}"
        )
        return
    problems = _problems(settings, facts)
    if problems:
        raise SettingsError(settings.stack, problems)
    needed = connections.wanted(settings.most_replicas, settings.has_auth)
    if facts["max_connections"] < needed:
        pulumi.log.warn(
            f"externalPostgres takes {facts['max_connections']} connections; MLflow may want "
            f"{needed} when every one of its pods is busy, and then clients get errors"
        )


def _ask(settings: Settings, login: list[str], certificates: str) -> dict[str, Any]:
    host, port = external.host_and_port(settings)
    user, password = login
    with tempfile.NamedTemporaryFile("w", suffix=".crt") as file:
        file.write(certificates)
        file.flush()
        connection = psycopg2.connect(
            host=host,
            port=port,
            dbname=settings.external_postgres_database,
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
        hint="see externalPostgresDatabase, externalPostgresTls and caBundle too",
    )


def _problems(settings: Settings, facts: dict[str, Any]) -> list[Problem]:
    found = []
    if not facts["may_create"]:
        found.append(
            Problem(
                key="externalPostgresDatabase",
                got=f"'{settings.external_postgres_database}', where the user may make no tables",
                want="a database that the user owns",
                hint="example: ALTER DATABASE mlflow OWNER TO the user",
            )
        )
    if settings.backup_schedule is not None and facts["major_version"] > _NEWEST_TO_DUMP:
        found.append(
            Problem(
                key="backupSchedule",
                got=f"a schedule, with Postgres {facts['major_version']}",
                want=f"Postgres {_NEWEST_TO_DUMP} or older: pg_dump {_NEWEST_TO_DUMP} takes no "
                "newer one",
                hint="leave the backups to whoever runs the database",
            )
        )
    return found
