"""The database behind MLflow, asked inside the cluster: with psql in its pod, if it has one."""

from __future__ import annotations

from smoke_tests.namespace import EXECUTE_TIMEOUT_S, Namespace

# The password stays in the pod. The address is one that pg_hba.conf asks a password for.
_PSQL = (
    'PGPASSWORD="$POSTGRES_PASSWORD" exec psql -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" '
    '--no-psqlrc --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"'
)

# Where Postgres is another's, MLflow's pod has the login.
_PSYCOPG2 = """
import os, re, sys, psycopg2
from psycopg2.extensions import QuotedString
values = dict(argument.removeprefix("--set=").split("=", 1) for argument in sys.argv[1:])
statement = re.sub(
    r":'(\\w+)'", lambda name: QuotedString(values[name[1]]).getquoted().decode(), sys.stdin.read()
)
uri = os.environ["MLFLOW_BACKEND_STORE_URI"].replace("+psycopg2", "")
connection = psycopg2.connect(uri)
connection.autocommit = True
cursor = connection.cursor()
cursor.execute(statement)
for row in cursor.fetchall() if cursor.description else []:
    print("|".join("" if value is None else str(value) for value in row))
"""


def query(
    namespace: Namespace,
    statement: str,
    *,
    timeout_s: float = EXECUTE_TIMEOUT_S,
    **values: str,
) -> list[list[str]]:
    """Run one SQL statement.

    Args:
        namespace: The stack's namespace.
        statement: SQL, with values as psql variables: `where run_uuid = :'run_id'`.
        timeout_s: Seconds that it may take.
        values: The variables.

    Returns:
        Rows of columns as text; NULL is empty.
    """
    variables = [f"--set={name}={value}" for name, value in values.items()]
    workload, command = (
        ("statefulset/postgres", ["sh", "-c", _PSQL, "psql"])
        if namespace.has_database
        else ("deployment/mlflow-server", ["python", "-c", _PSYCOPG2])
    )
    output = namespace.execute(
        workload, [*command, *variables], stdin=statement, timeout_s=timeout_s
    )
    return [line.split("|") for line in output.splitlines()]
