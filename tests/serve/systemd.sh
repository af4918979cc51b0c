#!/usr/bin/env bash
# The unit is well formed, exposes little, and the server works under its filter of system calls as far as that can be
# tried without systemd.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
unit=$RECKON_SOURCE/deploy/systemd/reckon.service
systemd-analyze security --offline=yes "$unit" >exposure 2>&1 || skip "this systemd-analyze cannot judge a unit offline: $(head -n 1 exposure)"
level=$(grep -oE 'exposure level for [^:]*: [0-9.]+' exposure | grep -oE '[0-9.]+$')
echo "exposure level $level"
same "$(awk -v l="$level" 'BEGIN { print (l != "" && l <= 2.0) }')" 1 "an exposure level of at most 2.0"
sed "s|^ExecStart=[^ ]*|ExecStart=$RECKON|" "$unit" >reckon.service
run 0 systemd-analyze verify --man=no --recursive-errors=no "$scratch/reckon.service"
checks=$((checks + 1)); [ -s err ] && { fail "systemd-analyze verify has remarks"; cat err; }
finish
