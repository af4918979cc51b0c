#!/usr/bin/env bash
# The console within tmux: from an empty directory to imported events, with a resize on the way, and a clean end.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
command -v tmux >/dev/null || skip "tmux is not installed"

tm() { tmux -S "$scratch/tmux" -f /dev/null "$@"; }
trap 'tm kill-server 2>/dev/null; rm -rf "$scratch"' EXIT

# shows TEXT: waits until the pane does; the time limit is for a program that never will
shows() {
    checks=$((checks + 1))
    local until=$((SECONDS + 30))
    while [ "$SECONDS" -lt "$until" ]; do
        tm capture-pane -p >"$scratch/out" 2>/dev/null
        grep -qF -- "$1" "$scratch/out" && return 0
    done
    fail "the pane never shows: $1"
    cat "$scratch/out"
}

for i in $(seq 1 200); do echo "u$((i % 7)),i$((i * i % 11)),$((1700000000 + i * 1000))"; done |
    sed '1i user,item,time' >events.csv
LC_ALL=C.UTF-8 tm new-session -d -x 80 -y 24 "exec bash --norc"
tm set-option -g window-size manual 2>/dev/null
tm send-keys "cd '$scratch' && '$RECKON' init shop --quiet && cd shop && clear && '$RECKON' console home --fresh; echo ended with \$?" Enter
shows "First steps"
tm send-keys m
shows "the file to look at"
tm send-keys -l -- ../events.csv
tm send-keys Enter
shows "Next: reckon import events"
tm send-keys f
shows "what people did: views"
tm send-keys Enter
shows "already there"
tm send-keys Escape
shows "1 of 5 rows" # a key right behind an escape would be alt and that key
tm resize-window -x 120 -y 40
tm send-keys g e
shows "200 rows"
tm send-keys -l / 
tm send-keys -l user=u3
shows "that fit"
tm send-keys Enter
tm send-keys F10
shows "ended with 0"
same "$(tm display-message -p '#{alternate_on} #{cursor_flag} #{mouse_any_flag}')" "0 1 0" "screen, cursor and mouse after the end"
finish
