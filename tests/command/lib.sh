# Sourced by every command test: a scratch directory, and words to say what is expected.
# A test is a list of `check` lines; it ends with `finish`.
set -u
: "${RECKON:?the program under test}" "${RECKON_SOURCE:?the source directory}"
# In memory where that is possible: a disk that others keep busy takes ten times as long to flush a commit.
[ -n "${TMPDIR:-}" ] || { [ -w /dev/shm ] && export TMPDIR=/dev/shm; }
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
unset RECKON_WORKSPACE
export HOME="$scratch/home" XDG_DATA_HOME="$scratch/xdg"
mkdir -p "$HOME"
cd "$scratch" || exit 1
failures=0 checks=0

reckon() { "$RECKON" "$@"; }

fail() { failures=$((failures + 1)); printf 'FAILED: %s\n' "$*"; }

# run STATUS COMMAND…: runs it, keeps its output in $scratch/out and err, wants that exit status
run() {
    local want=$1 got=0
    shift
    checks=$((checks + 1))
    "$@" >"$scratch/out" 2>"$scratch/err" || got=$?
    if [ "$got" != "$want" ]; then
        fail "exit $got, not $want: $*"
        head -c 2000 "$scratch/out" "$scratch/err"
    fi
}

# out_has TEXT / err_has TEXT / out_lacks TEXT: of the last run
out_has() { checks=$((checks + 1)); grep -qF -- "$1" "$scratch/out" || { fail "output lacks: $1"; head -c 2000 "$scratch/out"; }; }
err_has() { checks=$((checks + 1)); grep -qF -- "$1" "$scratch/err" || { fail "stderr lacks: $1"; head -c 2000 "$scratch/err"; }; }
out_lacks() { checks=$((checks + 1)); ! grep -qF -- "$1" "$scratch/out" || fail "output holds: $1"; }

# json EXPRESSION: of the last run's output, by Python; prints the value of d-expression
json() { python3 -IS -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$scratch/out" "$1"; }

# same A B WHAT
same() { checks=$((checks + 1)); [ "$1" = "$2" ] || fail "$3: '$1' is not '$2'"; }

# near A B TOLERANCE WHAT
near() { checks=$((checks + 1)); python3 -IS -c 'import sys; a,b,t=map(float,sys.argv[1:4]); sys.exit(abs(a-b)>t)' "$1" "$2" "$3" || fail "$4: $1 is not within $3 of $2"; }

skip() { echo "skipped: $*"; exit 77; }

finish() {
    echo "$checks checks, $failures failed"
    [ "$failures" = 0 ]
    exit
}
