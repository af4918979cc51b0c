#!/usr/bin/env bash
# A full disk in the middle of an erasure, a real one: said plainly, nothing certified, nothing left behind; with room it goes on.
if [ -z "${RECKON_UNSHARED:-}" ]; then
    unshare -rm mount -t tmpfs tmpfs /mnt 2>/dev/null || { echo "skipped: needs leave to mount a file system of its own (unshare)"; exit 77; }
    RECKON_UNSHARED=1 exec unshare -rm bash "$0"
fi
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
run 0 reckon simulate --out data --users 150 --items 60 --events 12000 --days 60
run 0 reckon init template
run 0 reckon --workspace template import events data/events.csv
run 0 reckon --workspace template train popular --no-evaluate
run 0 reckon --workspace template models promote popular
run 0 reckon --workspace template backup
grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort -u | head -20 >gone
mkdir disk && mount -t tmpfs -o size=64m tmpfs disk || { fail "the disk cannot be made"; finish; }
trap 'umount "$scratch/disk"; rm -rf "$scratch"' EXIT
export RECKON_WORKSPACE=$scratch/disk/shop
cp -r template disk/shop
head -c "$(df --output=avail -B1024 disk | tail -1)K" /dev/zero >disk/filler
run 1 reckon privacy cases # not even the index of the log has room
err_has "the disk is full"
size=$(($(stat -c %s template/reckon.db) / 1024))
full=0
for tenth in 1 3 6 9 12 15 18 24 30; do # of the database's size is free
    rm -rf disk/shop disk/filler && cp -r template disk/shop
    run 0 reckon privacy erase --file gone --confirm 20 --plan
    head -c "$(($(df --output=avail -B1024 disk | tail -1) - size * tenth / 10))K" /dev/zero >disk/filler
    checks=$((checks + 1))
    if "$RECKON" privacy approve 1 --yes >out 2>err; then
        rm disk/filler
    else
        full=$((full + 1))
        err_has "the disk is full"
        same "$(find disk/shop -name '*-erase' -o -name '*-draft' -o -name '*.tmp-*' -o -name '*.next')" "" "$tenth: left behind"
        run 3 reckon privacy certificates show 1
        rm disk/filler
        run 0 reckon doctor
        run 0 reckon privacy resume
        if [ -n "$(reckon privacy cases --json | grep -F '"planned"')" ]; then # it was not even approved
            run 0 reckon privacy approve 1 --yes
        fi
    fi
    run 0 reckon privacy certificates show 1
    run 0 "${RECKON%/*}/reckon-scan" disk/shop gone
    run 0 reckon audit verify
done
checks=$((checks + 1))
[ "$full" -ge 3 ] || fail "the disk was full only $full times: this shows nothing"
finish
