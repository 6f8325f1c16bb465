#!/bin/bash
### BEGIN INIT INFO
# Provides:          containerd
# Required-Start:    $local_fs $network
# Required-Stop:     $local_fs $network
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: container runtime, for machines that systemd does not manage
### END INIT INFO
set -euo pipefail

pid_file=/run/containerd.pid
log_file=/var/log/containerd.log

running() {
  [[ -f $pid_file && $(cat "/proc/$(cat "$pid_file")/comm" 2>/dev/null) == containerd ]]
}

start() {
  if running; then return; fi
  setsid containerd >>"$log_file" 2>&1 </dev/null &
  echo $! >"$pid_file"
  for _ in {1..150}; do
    if ctr version >/dev/null 2>&1; then return; fi
    read -rt 0.2 <> <(:) || :
  done
  echo "containerd does not answer after 30 s; see $log_file" >&2
  return 1
}

stop() {
  if ! running; then return; fi
  local pid
  pid=$(cat "$pid_file")
  kill "$pid"
  timeout 20 tail --pid="$pid" -f /dev/null || kill -9 "$pid"
  rm -f "$pid_file"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  restart) stop && start ;;
  status) running ;;
  *) echo "usage: $0 start|stop|restart|status" >&2; exit 2 ;;
esac
