#!/usr/bin/env bash
# Random keys within tmux: no crash, and at the end the console still answers and leaves the terminal as it was.
# RECKON_MONKEY_KEYS says how many (2000), RECKON_MONKEY_SEED from which seed.  Never Enter: nothing is run.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
command -v tmux >/dev/null || skip "tmux is not installed"
keys=${RECKON_MONKEY_KEYS:-2000} seed=${RECKON_MONKEY_SEED:-1} batch=400

tm() { tmux -S "$scratch/tmux" -f /dev/null "$@"; }
trap 'tm kill-server 2>/dev/null; rm -rf "$scratch"' EXIT

# shows TEXT: waits until the pane does; the time limit is for a program that never will
shows() {
    checks=$((checks + 1))
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        tm capture-pane -p >"$scratch/out" 2>/dev/null
        grep -qF -- "$1" "$scratch/out" && return 0
    done
    fail "the pane never shows: $1"
    cat "$scratch/out"
    finish
}

# Bytes in hexadecimal: printable ones but q (which leaves), escape sequences of keys, mouse and paste, letters of other scripts.
random_bytes() {
    awk -v n="$1" -v seed="$2" 'BEGIN {
        srand(seed)
        split("1b5b41 1b5b42 1b5b43 1b5b44 1b5b357e 1b5b367e 1b4f48 1b4f46 09 1b5b5a 1b 20 7f 0c 15 10 1b4f50 e6bca2 f09f9880 " \
              "65cc81 d7a9d79c 1b5b3c303b31303b354d 1b5b3c36343b31303b354d 1b5b3230307e70c3a4730a74651b5b3230317e", special, " ")
        for (i = 0; i < n; i++) {
            if (rand() < 0.6) { do c = int(33 + rand() * 94); while (c == 113); bytes = sprintf("%02x", c) }
            else bytes = special[int(1 + rand() * 24)]
            for (k = 1; k < length(bytes); k += 2) printf "%s ", substr(bytes, k, 2)
        }
    }'
}

run 0 reckon simulate --out sim --users 300 --items 80 --events 5000 --seed 7
run 0 reckon init shop
export RECKON_WORKSPACE=$scratch/shop
run 0 reckon import items sim/items.csv
run 0 reckon import events sim/events.csv
run 0 reckon train popular
LC_ALL=C.UTF-8 tm new-session -d -x 80 -y 24 "exec bash --norc"
tm set-option -g window-size manual 2>/dev/null
tm send-keys "clear; '$RECKON' console home --fresh; echo ended with \$?" Enter
shows "Production"
for ((done = 0; done < keys; done += batch)); do
    # shellcheck disable=SC2046
    tm send-keys -H $(random_bytes "$batch" "$((seed * 1000003 + done))")
    [ $((done / batch % 3)) = 2 ] && tm resize-window -x $((40 + (done + seed) % 161)) -y $((10 + (done + seed) % 51))
    tm send-keys Escape
done
tm resize-window -x 80 -y 24
# Escape until nothing is open: one that comes too soon behind another is alt and that key
until=$((SECONDS + 60))
while tm send-keys Escape; read -rt 0.2 <> <(:) || :; tm capture-pane -p >/dev/null; tm send-keys g; tm send-keys h; tm capture-pane -p >"$scratch/out"
      ! grep -q Production "$scratch/out" && [ "$SECONDS" -lt "$until" ]; do :; done
shows "Production"
tm send-keys F10
shows "ended with 0"
same "$(tm display-message -p '#{alternate_on} #{cursor_flag} #{mouse_any_flag}')" "0 1 0" "screen, cursor and mouse after the end"
finish
