# Sourced by every test of the server, after RECKON and RECKON_SOURCE are set: a small shop, a server on a free port,
# and calls to it.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
command -v curl >/dev/null || skip "needs curl"
server=

# make_shop: 300 users, 120 items and a model in production, in $scratch/shop
make_shop() {
    run 0 reckon simulate --out data --users 300 --items 120 --events 8000 --days 60
    run 0 reckon init shop
    export RECKON_WORKSPACE=$scratch/shop
    run 0 reckon import items data/items.csv
    run 0 reckon import users data/users.csv
    run 0 reckon import events data/events.csv
    run 0 reckon train ease --no-evaluate
    run 0 reckon models promote ease
    settings ''
}

# settings TEXT: reckon.toml; the [serve] table is open
settings() { printf '[serve]\ngrace-seconds = 0\ndrain-seconds = 5\n%s\n' "$1" >"$RECKON_WORKSPACE/reckon.toml"; }

# await WORD: reads the server's log (a pipe) until an event of that name; its message is in $said
await() {
    local line
    while read -r line <&8; do
        printf '%s\n' "$line" >>"$scratch/log"
        case $line in
        *"\"event\":\"$1\""*) said=${line#*\"message\":\"}; said=${said%\"\}}; return 0 ;;
        esac
    done
    fail "the server ended before it said $1"
    cat "$scratch/log"
    return 1
}

# serve ARGUMENT…: starts it and waits until it answers; $url and $server.  $launch may hold a wrapper's words
launch=
serve() {
    rm -f "$scratch/said"
    mkfifo "$scratch/said"
    # shellcheck disable=SC2086
    $launch "$RECKON" serve --listen 127.0.0.1:0 "$@" 2>"$scratch/said" &
    server=$!
    exec 8<"$scratch/said"
    await listening || return 1
    url=$said
    while read -r line <&8; do
        printf '%s\n' "$line" >>"$scratch/log"
        case $line in *'"event":"ready"'*|*'"event":"degraded"'*) break ;; esac
    done
    cat <&8 >>"$scratch/log" & # whoever waits for more reads the file
}

# stop [SIGNAL]: the server ends, and well
stop() {
    local got=0
    kill -"${1:-TERM}" "$server"
    wait "$server" || got=$?
    same "$got" 0 "the server's exit status"
    server=
}
trap '[ -n "$server" ] && kill -9 "$server" 2>/dev/null; rm -rf "$scratch"' EXIT

# ask STATUS METHOD PATH [BODY] [CURL OPTION…]: body of the answer in $scratch/out, its head in $scratch/head
token=
ask() {
    local want=$1 method=$2 path=$3 body=${4-} got
    shift 3
    [ $# -gt 0 ] && shift
    checks=$((checks + 1))
    set -- "$@" ${token:+-H "Authorization: Bearer $token"}
    [ -n "$body" ] && set -- -H 'Content-Type: application/json' --data-binary "$body" "$@"
    got=$(curl -s -m 30 -o "$scratch/out" -D "$scratch/head" -w '%{http_code}' -X "$method" "$@" "$url$path")
    if [ "$got" != "$want" ]; then
        fail "$got, not $want: $method $path ${body:0:200}"
        head -c 1000 "$scratch/out"
    fi
}

head_has() { checks=$((checks + 1)); grep -qiF -- "$1" "$scratch/head" || { fail "the head lacks: $1"; cat "$scratch/head"; }; }

# eventually knows TOKEN…: the running server has heard of these keys
knows() {
    local one
    for one in "$@"; do
        [ "$(curl -s -m 30 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $one" "$url/metrics")" != 401 ] || return 1
    done
}

# eventually COMMAND…: until it succeeds, at most 10 s
eventually() {
    local end=$((SECONDS + 10))
    until "$@"; do
        [ $SECONDS -lt $end ] || { fail "never: $*"; return 1; }
        read -rt 0.02 <> <(:) || :
    done
}
