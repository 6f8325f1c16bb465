#!/usr/bin/env bash
# Makes the cluster on first start, sets the role's password, then keeps Postgres running.
# Arguments are options of Postgres.
set -euo pipefail
trap exit INT TERM

: "${PGDATA:?is not set}" "${PGTEMPLATE:?is not set}"
: "${POSTGRES_DB:?is not set}" "${POSTGRES_USER:?is not set}" "${POSTGRES_PASSWORD:?is not set}"
if [[ $POSTGRES_PASSWORD == *$'\n'* ]]; then
  echo "POSTGRES_PASSWORD holds a line break; take it out of the Secret" >&2
  exit 1
fi

options=(-c config_file=/etc/postgresql/postgresql.conf "$@")
role=\"${POSTGRES_USER//\"/\"\"}\"
database=\"${POSTGRES_DB//\"/\"\"}\"
# One more, for MLflow's users, which a stack may come to want when it has data.
auth_database=${POSTGRES_AUTH_DB:+\"${POSTGRES_AUTH_DB//\"/\"\"}\"}
# The Secret is the truth: a password changed there is in force after a restart.
set_password="ALTER ROLE $role PASSWORD '${POSTGRES_PASSWORD//\'/\'\'}'"
# Who reads Postgres' own numbers, and no data; there where the stack is monitored, gone where not.
if [[ ${POSTGRES_MONITOR_PASSWORD:-} ]]; then
  set_password+="
DO \$\$BEGIN IF to_regrole('monitor') IS NULL THEN CREATE ROLE monitor LOGIN; END IF; END\$\$
GRANT pg_monitor TO monitor
ALTER ROLE monitor PASSWORD '${POSTGRES_MONITOR_PASSWORD//\'/\'\'}'"
else
  set_password+="
DROP ROLE IF EXISTS monitor"
fi
unset POSTGRES_PASSWORD POSTGRES_MONITOR_PASSWORD

# Runs the statements $2, one per line, on the cluster $1 without opening a port. They come on
# standard input, never as arguments, and stay out of the log when they fail. After a crash this is
# where Postgres recovers, for as long as that takes.
single_user() {
  postgres --single -D "$1" "${options[@]}" -c exit_on_error=on -c log_min_error_statement=panic \
    postgres <<<"$2"
}

if [[ -f $PGDATA/PG_VERSION ]] && made_by=$(<"$PGDATA/PG_VERSION") &&
  [[ $(postgres --version) != *" $made_by."* ]]; then
  echo "The data is that of Postgres $made_by, and this is $(postgres --version); nothing was" \
    "touched. Go back to the image of before, \`make backup\`, and \`make restore\` into a new stack" >&2
  exit 1
fi

# One container at a time: a pod that was deleted by force may still be writing on this node. Every
# child inherits the lock. Who has it knows that a lock file of Postgres' own is stale, which
# Postgres cannot tell: process ids start anew in every container.
exec {lock}>"$PGDATA.lock"
flock "$lock"
rm -f "$PGDATA/postmaster.pid"

if [[ -d $PGDATA ]]; then
  databases=$(single_user "$PGDATA" "$set_password
SELECT datname FROM pg_database")
  if [[ $auth_database && $databases != *"$auth_database"* ]]; then
    single_user "$PGDATA" "CREATE DATABASE $auth_database OWNER $role" >/dev/null
  fi
else
  # Under another name until it is complete, so that a killed start leaves nothing half made.
  rm -rf "$PGDATA.new"
  cp --recursive "$PGTEMPLATE" "$PGDATA.new"
  single_user "$PGDATA.new" "CREATE ROLE $role LOGIN
CREATE DATABASE $database OWNER $role${auth_database:+
CREATE DATABASE $auth_database OWNER $role}
$set_password" >/dev/null
  sync --file-system "$PGDATA.new"
  mv "$PGDATA.new" "$PGDATA"
fi

# A killed server is started again at once: Kubernetes waits longer every time. One that keeps
# ending within seconds is broken, and its container has to show that.
short_lives=0
stopping=
server=
trap 'stopping=yes; [[ ! $server ]] || kill -INT "$server"' INT TERM # SIGINT: a fast shutdown
until [[ $stopping ]]; do
  began=$SECONDS
  postgres -D "$PGDATA" "${options[@]}" &
  server=$!
  [[ ! $stopping ]] || kill -INT "$server"
  while # a signal ends `wait`, but not yet the server
    status=0
    wait "$server" || status=$?
    kill -0 "$server" 2>/dev/null
  do :; done
  server=
  ((status)) || exit 0
  if ((SECONDS - began < 5)); then short_lives=$((short_lives + 1)); else short_lives=0; fi
  ((short_lives < 5)) || exit "$status"
  # The children of a killed server take a moment to leave, and keep the next one out until then.
  ((short_lives == 0)) || sleep 1
done
exit "$status"
