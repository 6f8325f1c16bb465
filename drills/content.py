"""The whole content of a stack, in a form that two moments can be compared by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.client import BaseClient

from drills.stand import Stand
from smoke_tests.database import query
from smoke_tests.namespace import Namespace
from smoke_tests.network import resolve
from smoke_tests.store import ARTIFACT_ROOT, keys, s3_client

Columns = Mapping[str, tuple[str, ...]]
"""Columns by table."""

_CHUNK_BYTES = 2**20
_DOWNLOADS = 8
_HASH_TIMEOUT_S = 300
# The version of the schema is no content: an upgrade is there to change it. The column left out
# held model and provider of a span; MLflow 3.17 keeps them in columns of their own, and its step
# 75868b020152 refuses to drop anything else.
_COLUMNS = """
select table_name, column_name
from information_schema.columns join information_schema.tables using (table_schema, table_name)
where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'alembic_version'
and (table_name, column_name) <> ('spans', 'dimension_attributes')
order by table_name, ordinal_position
"""


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a stack holds.

    Attributes:
        columns: What was compared of the database.
        tables: Number of rows, and a hash of them in any order, by table.
        objects: Bytes and sha256 by key, of every object among the artifacts.
    """

    columns: Columns
    tables: Mapping[str, tuple[int, str]]
    objects: Mapping[str, tuple[int, str]]


def snapshot(stand: Stand, like: Content | None = None) -> Content:
    """Read everything that a stack holds.

    Args:
        stand: The stack.
        like: An earlier snapshot: the same columns are read, so that an upgrade of the schema
            between the two changes nothing but what it must not.
    """
    settings, namespace = stand.settings, stand.namespace
    columns = _columns(namespace)
    if like is not None:
        columns = {
            table: tuple(name for name in names if name in columns[table])
            for table, names in like.columns.items()
            if table in columns
        }
    with resolve(settings.hosts, settings.ingress_address):
        objects = _objects(s3_client(settings), settings.bucket)
    return Content(columns=columns, tables=_tables(namespace, columns), objects=objects)


def differences(before: Content, after: Content) -> list[str]:
    """A line for every table, column and object that is not what it was."""
    missing = [
        f"column {table}.{name}: gone"
        for table, names in before.columns.items()
        for name in names
        if table in after.columns and name not in after.columns[table]
    ]
    return [
        *missing,
        *_differing("table", "rows", before.tables, after.tables),
        *_differing("object", "bytes", before.objects, after.objects),
    ]


def _differing(
    kind: str,
    unit: str,
    before: Mapping[str, tuple[int, str]],
    after: Mapping[str, tuple[int, str]],
) -> list[str]:
    def shown(found: tuple[int, str] | None) -> str:
        return "absent" if found is None else f"{found[0]} {unit} ({found[1][:12]})"

    return [
        f"{kind} {name}: {shown(before.get(name))} before, {shown(after.get(name))} after"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _columns(namespace: Namespace) -> Columns:
    columns: dict[str, tuple[str, ...]] = {}
    for table, name in query(namespace, _COLUMNS):
        columns[table] = (*columns.get(table, ()), name)
    return columns


def _tables(namespace: Namespace, columns: Columns) -> dict[str, tuple[int, str]]:
    statements = [_hash_statement(table, names) for table, names in columns.items() if names]
    if not statements:
        return {}
    rows = query(namespace, "\nunion all\n".join(statements), timeout_s=_HASH_TIMEOUT_S)
    return {table: (int(count), hashed) for table, count, hashed in rows}


def _hash_statement(table: str, columns: tuple[str, ...]) -> str:
    """SQL that counts and hashes the rows of a table; a sum of hashes has no order."""
    row = ", ".join(f'"{name}"' for name in columns)
    hashed = f"sum(hashtextextended(row({row})::text, 0)::numeric)"
    return f"select '{table}', count(*), coalesce({hashed}, 0) from \"{table}\""  # noqa: S608


def _objects(s3: BaseClient, bucket: str) -> dict[str, tuple[int, str]]:
    found = keys(s3, bucket, f"{ARTIFACT_ROOT}/")
    with ThreadPoolExecutor(_DOWNLOADS) as pool:
        hashes = pool.map(lambda key: _hash(s3.get_object(Bucket=bucket, Key=key)["Body"]), found)
        return dict(zip(found, hashes, strict=True))


def _hash(body: Any) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for chunk in body.iter_chunks(_CHUNK_BYTES):
        size += len(chunk)
        digest.update(chunk)
    return size, digest.hexdigest()
