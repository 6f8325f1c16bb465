#!/usr/bin/env bash
# Runs Prometheus; arguments are its options. Where PROMETHEUS_PASSWORD is set, it lets in nobody
# but PROMETHEUS_USER, with that password, of which it is told a hash.
set -euo pipefail

options=()
if [[ ${PROMETHEUS_PASSWORD:-} ]]; then
  hash=$(mkpasswd --method=bcrypt --rounds=10 --stdin <<<"$PROMETHEUS_PASSWORD")
  printf 'basic_auth_users:\n  %s: "%s"\n' "$PROMETHEUS_USER" "$hash" >/tmp/web.yaml
  options=(--web.config.file=/tmp/web.yaml)
  unset PROMETHEUS_PASSWORD
fi
exec prometheus "${options[@]}" "$@"
