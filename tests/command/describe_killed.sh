#!/usr/bin/env bash
# A batch that is killed repeats at most the requests that were under way, and the ledger holds all of them.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
run 0 python3 "$RECKON_SOURCE/tests/describe/killed_batch.py" "$RECKON" 120 4
grep . "$scratch/out"
run 0 reckon doctor --workspace shop
finish
