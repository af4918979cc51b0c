#!/usr/bin/env bash
# A file that is named after somebody is clean of somebody else: what is written down of that names nobody, and the first one
# can be erased later.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
run 0 reckon init shop
export RECKON_WORKSPACE="$scratch/shop"
mkdir -p shop/files
echo 'nothing of anybody' >'shop/files/anna@example.org.csv'
{
    echo user,item,kind,time
    for u in anna@example.org bob@example.org carl@example.org; do
        for i in 1 2 3; do echo "$u,i$i,view,2024-01-0${i}T00:00:00Z"; done
    done
} >events.csv
run 0 reckon import events events.csv
rm events.csv
# (what was touched within the last two seconds is not taken for clean)
until [ $(($(date +%s) - $(stat -c %Z 'shop/files/anna@example.org.csv'))) -gt 3 ]; do read -rt 0.1 <> <(:) || :; done
run 0 reckon privacy erase bob@example.org --confirm bob@example.org
facts() { python3 -c 'import sqlite3; print([r[0] for r in sqlite3.connect("shop/reckon.db").execute("SELECT facts FROM cases")])' >"$scratch/out"; }
facts
out_lacks anna
rm 'shop/files/anna@example.org.csv'
run 0 reckon privacy erase anna@example.org --confirm anna@example.org
out_has certified
finish
