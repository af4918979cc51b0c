#!/usr/bin/env bash
# Import against the sqlite3 shell's .import of the same plain CSV, into a table with the same two indexes (person and
# time, item and time), both into a WAL database on disk.  Ours also validates, normalises, leaves out, dedupes, keeps
# titles and attributes, and reads everything twice.
#
#   run.sh RECKON SAMPLE.csv.xz              Online Retail (541,909 lines)
#   run.sh RECKON SAMPLE.csv.xz EVENTS       and a simulated shop of that many events, kept in $TMPDIR while it runs
#
# Both sides are run in turn, ROUNDS times (3); the best of each counts.  Needs sqlite3, xz and GNU time.
set -euo pipefail
reckon=$(realpath "$1") sample=$(realpath "$2") events=${3:-0} rounds=${ROUNDS:-3}
dir=$(mktemp -d "${TMPDIR:-/var/tmp}/reckon-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# seconds COMMAND…: wall seconds and peak KiB into $s and $kib
seconds() {
    command time -f '%e %U %S %M' -o time "$@" >out 2>err || { cat err; exit 1; }
    read -r s user sys kib <time
}

# compare NAME FILE PRESET-OR-EMPTY TABLE INDEXES
compare() {
    local name=$1 file=$2 preset=$3 table=$4 best_ours= best_theirs= peak=0 cpu_ours= cpu_theirs=
    printf '%s\n' "PRAGMA journal_mode=WAL;" "CREATE TABLE t($table);" "$5" ".mode csv" ".import --skip ${6:-1} $file t" >theirs.sql
    for _ in $(seq "$rounds"); do
        rm -rf ours theirs.db*
        "$reckon" init ours >/dev/null
        # shellcheck disable=SC2086
        seconds "$reckon" --workspace ours import events $preset "$file"
        if [ -z "$best_ours" ] || [ "$(echo "$s < $best_ours" | bc)" = 1 ]; then best_ours=$s cpu_ours=$(echo "$user + $sys" | bc); fi
        [ "$kib" -gt "$peak" ] && peak=$kib
        seconds sqlite3 theirs.db ".read theirs.sql"
        if [ -z "$best_theirs" ] || [ "$(echo "$s < $best_theirs" | bc)" = 1 ]; then best_theirs=$s cpu_theirs=$(echo "$user + $sys" | bc); fi
    done
    local stored
    stored=$(sqlite3 ours/reckon.db 'SELECT count(*) FROM events')
    printf '%s: %s lines, %s stored\n' "$name" "$(sqlite3 theirs.db 'SELECT count(*) FROM t')" "$stored"
    printf '  reckon import     %7.2f s  (%s s of processor)  peak %d MB\n' "$best_ours" "$cpu_ours" $((peak / 1024))
    printf '  sqlite3 .import   %7.2f s  (%s s of processor)\n' "$best_theirs" "$cpu_theirs"
    printf '  ratio             %7.2f    (%.2f of processor time)\n' "$(echo "$best_ours / $best_theirs" | bc -l)" "$(echo "$cpu_ours / $cpu_theirs" | bc -l)"
}

xz -dc "$sample" >retail.csv
compare "Online Retail" retail.csv "--preset online-retail" \
    "InvoiceNo TEXT, StockCode TEXT, Description TEXT, Quantity INT, InvoiceDate TEXT, UnitPrice REAL, CustomerID TEXT, Country TEXT" \
    "CREATE INDEX a ON t(CustomerID, InvoiceDate); CREATE INDEX b ON t(StockCode, InvoiceDate);"
if [ "$events" -gt 0 ]; then
    rm -f retail.csv
    "$reckon" simulate --users $((events / 145 + 10)) --items $((events / 740 + 10)) --events "$events" --seed 7 >shop.csv
    columns=$(awk '!/^# / {print; exit}' shop.csv)
    compare "Simulated shop" shop.csv "" "$(echo "$columns" | sed 's/,/ TEXT, /g; s/$/ TEXT/')" \
        "CREATE INDEX a ON t(user, time); CREATE INDEX b ON t(item, time);" "$(awk '!/^# / {print NR; exit}' shop.csv)"
fi
