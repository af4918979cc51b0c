#!/bin/sh
# Drives reckon as the platform does, without it: try.sh model.tar.gz [RECKON]
# Unpacks the package, starts `reckon serve`, waits for /ping, asks once, and stops it with SIGTERM.
set -eu
reckon=${2:-reckon}
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || :; rm -rf "$dir"' EXIT
tar -xzf "$1" -C "$dir"
SM_MODEL_DIR=$dir SAGEMAKER_BIND_TO_PORT=${PORT:-8080} "$reckon" serve &
server=$!
base=http://127.0.0.1:${PORT:-8080}
tries=0
until curl -sf -m 2 -o /dev/null "$base/ping"; do
    tries=$((tries + 1))
    [ $tries -lt 240 ] || { echo "not ready within the 4 minutes that the platform waits" >&2; exit 1; }
    sleep 1
done
[ -n "${BODY-}" ] || BODY='{"history": [], "n": 5}'
curl -sf -m 60 -H 'Content-Type: application/json' -d "$BODY" "$base/invocations"
echo
kill -TERM "$server"
wait "$server"
server=
