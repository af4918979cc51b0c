#!/bin/sh
# analyse.sh RECKON ANALYSE [USERS [PEER_PYTHON]]: reading ten million exposures, from a workspace that is made for it and
# removed again; with a Python that has pandas and statsmodels also what they take for the same job with a million.
set -e
here=$(dirname "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 "$here/exposures.py" "$1" "$folder/shop" "${3:-10000000}" >&2
"$2" "$folder/shop" 1 >/dev/null 2>&1 # once, so that the file is in memory
"$2" "$folder/shop" 1
if [ -n "${4:-}" ]; then
    python3 "$here/exposures.py" "$1" "$folder/million" 1000000 >&2
    "$4" "$here/analysis_peer.py" "$folder/million" "$2"
fi
