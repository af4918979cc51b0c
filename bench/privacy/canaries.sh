#!/usr/bin/env bash
# bench/privacy/canaries.sh RECKON [SUBJECTS]: the test of canaries with 200 people.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec python3 "$here/../../tests/serve/canaries.py" "${1:?the program}" --subjects "${2:-200}" --work "${TMPDIR:-/tmp}/reckon-canaries-$$"
