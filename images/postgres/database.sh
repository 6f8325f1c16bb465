#!/usr/bin/env bash
# What a backup needs of the database. The password never leaves the environment.
#   database dump [HOST]     a dump on standard output, then its facts on standard error
#   database restore [HOST]  takes a dump on standard input in place of all there is, prints its facts
#   database facts [HOST]    prints a line of JSON: versions, and the number of rows by table
#   database dump-users [HOST], database restore-users [HOST]    SQL of the database of users
set -euo pipefail

: "${POSTGRES_DB:?is not set}" "${POSTGRES_USER:?is not set}" "${POSTGRES_PASSWORD:?is not set}"
# An address, because pg_hba.conf asks for a password there.
export PGHOST=${2:-127.0.0.1} PGUSER=$POSTGRES_USER PGDATABASE=$POSTGRES_DB
export PGPASSWORD=$POSTGRES_PASSWORD

sql() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1
}

facts="
SELECT json_build_object(
  'postgres', current_setting('server_version'),
  'schema', (SELECT version_num FROM public.alembic_version),
  'artifact_root', (SELECT artifact_location FROM public.experiments WHERE experiment_id = 0),
  'rows', (
    SELECT json_object_agg(tablename, (xpath('/row/n/text()', query_to_xml(
      format('SELECT count(*) AS n FROM public.%I', tablename), false, true, '')))[1]::text::bigint)
    FROM pg_catalog.pg_tables WHERE schemaname = 'public'));"

# The rows are counted in the snapshot that is dumped. Facts come only if the dump came to its end,
# so whoever reads both knows that nothing is missing.
# shellcheck disable=SC2016  # psql and its shell expand what is in it
dump='
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv SNAPSHOT :snapshot
\set dumped `pg_dump --format=custom --no-owner --snapshot="$SNAPSHOT" >&3 && echo on || echo off`
\if :dumped
'"$facts"'
\else
DO $$BEGIN RAISE EXCEPTION $reason$pg_dump failed$reason$; END$$;
\endif
COMMIT;'

case ${1:-} in
  dump)
    sql 3>&1 >&2 <<<"$dump"
    ;;
  restore)
    # One transaction: a dump that ends too early commits nothing.
    {
      echo "BEGIN; SET LOCAL lock_timeout = '30s'; DROP OWNED BY CURRENT_USER;"
      pg_restore --no-owner --no-privileges --file=-
      echo "COMMIT;$facts"
    } | sql
    ;;
  facts)
    sql <<<"$facts"
    ;;
  dump-users)
    pg_dump --no-owner --no-privileges --dbname="$POSTGRES_AUTH_DB"
    ;;
  restore-users)
    export PGDATABASE=$POSTGRES_AUTH_DB
    {
      echo "BEGIN; SET LOCAL lock_timeout = '30s'; DROP OWNED BY CURRENT_USER;"
      cat
      echo "COMMIT;"
    } | sql
    ;;
  *)
    echo "database: dump, restore, facts, dump-users or restore-users?" >&2
    exit 2
    ;;
esac
