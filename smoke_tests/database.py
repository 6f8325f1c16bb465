"""The database behind MLflow, asked with psql inside its own pod."""

from __future__ import annotations

from smoke_tests.namespace import EXECUTE_TIMEOUT_S, Namespace

# The password stays in the pod. The address is one that pg_hba.conf asks a password for.
_PSQL = (
    'PGPASSWORD="$POSTGRES_PASSWORD" exec psql -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" '
    '--no-psqlrc --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"'
)


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
    output = namespace.execute(
        "statefulset/postgres",
        ["sh", "-c", _PSQL, "psql", *variables],
        stdin=statement,
        timeout_s=timeout_s,
    )
    return [line.split("|") for line in output.splitlines()]
