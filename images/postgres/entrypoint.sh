#!/usr/bin/env bash
# Makes the cluster on first start, sets the role's password on every start, then is Postgres.
set -euo pipefail
trap exit INT TERM

: "${PGDATA:?is not set}"
: "${POSTGRES_DB:?is not set}" "${POSTGRES_USER:?is not set}" "${POSTGRES_PASSWORD:?is not set}"
if [[ $POSTGRES_PASSWORD == *$'\n'* ]]; then
  echo "POSTGRES_PASSWORD holds a line break; take it out of the Secret" >&2
  exit 1
fi

config=(-c config_file=/etc/postgresql/postgresql.conf)
role=\"${POSTGRES_USER//\"/\"\"}\"
database=\"${POSTGRES_DB//\"/\"\"}\"
# The Secret is the truth: a password changed there is in force after a restart.
set_password="ALTER ROLE $role PASSWORD '${POSTGRES_PASSWORD//\'/\'\'}'"
unset POSTGRES_PASSWORD

# Runs the statements $2, one per line, on the cluster $1 without opening a port. They come on
# standard input, never as arguments, and stay out of the log when they fail. Not a pipeline: as
# process 1's own child, Postgres knows that a lock file left by a killed process 1 is stale.
single_user() {
  postgres --single -D "$1" "${config[@]}" -c exit_on_error=on -c log_min_error_statement=panic \
    postgres >/dev/null <<<"$2"
}

if [[ -d $PGDATA ]]; then
  single_user "$PGDATA" "$set_password"
else
  # Under another name until it is complete, so that a killed start leaves nothing half made.
  rm -rf "$PGDATA.new"
  initdb --pgdata="$PGDATA.new" --username=postgres --auth=reject --encoding=UTF8 \
    --locale-provider=builtin --locale=C.UTF-8 --data-checksums --no-instructions
  single_user "$PGDATA.new" "CREATE ROLE $role LOGIN
CREATE DATABASE $database OWNER $role
$set_password"
  mv "$PGDATA.new" "$PGDATA"
fi
exec postgres -D "$PGDATA" "${config[@]}"
