#!/usr/bin/env bash
# Without reckon's map: canaries in every input that reckon takes, half of the people erased, and every byte of the workspace and of
# the running server's memory searched by another program. RECKON_SUBJECTS: people (6); bench/privacy/canaries.sh takes 200.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
[ -r /proc/self/mem ] || skip "needs /proc/PID/mem"
checks=1
python3 "$RECKON_SOURCE/tests/serve/canaries.py" "$RECKON" --subjects "${RECKON_SUBJECTS:-6}" --work "$scratch/canaries" ||
    fail "something of them is left, or of the others missing"
finish
