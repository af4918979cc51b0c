#!/usr/bin/env bash
# Texts through a provider's batch interface: each answer kept and paid once, whatever the provider and this machine do.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
. "$RECKON_SOURCE/tests/describe/service.sh"
trap 'service_stop; rm -rf "$scratch"' EXIT

run 0 reckon init shop
export RECKON_WORKSPACE=$PWD/shop
for i in 1 2 3 4 5 6; do echo "i$i,Blue mug $i,porcelain,1$i"; done | { echo item,title,material,height; cat; echo none,,,; } >items.csv
run 0 reckon import items items.csv
run 0 reckon describe templates example
cp "$scratch/out" web.txt
run 0 reckon describe templates set web web.txt

# ledger WHAT: over rows, all charges; nothing may stay reserved, and the budget's sums are those of the ledger
ledger() {
    python3 - "$PWD/shop/reckon.db" "$1" <<'X'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.row_factory = sqlite3.Row
rows = [dict(r) for r in db.execute("SELECT * FROM charges")]
used = db.execute("SELECT tokens, tokens_reserved, cost, cost_reserved FROM ledger_use").fetchone()
assert tuple(used) == (sum(r["prompt"] + r["completion"] for r in rows if r["state"] != "reserved"),
                       sum(r["prompt"] + r["completion"] for r in rows if r["state"] == "reserved"),
                       sum(r["cost"] for r in rows if r["state"] != "reserved"),
                       sum(r["cost"] for r in rows if r["state"] == "reserved")), tuple(used)
count = lambda s: sum(r["state"] == s for r in rows)
print(eval(sys.argv[2]))
X
}
states() { ledger '[count(s) for s in ("reserved", "settled", "estimated", "released")]'; }
# fresh WORDS: a new service, that answers so, and no texts, batches or charges
fresh() {
    service "$*"
    providers 'batch-price = 0.5'
    python3 -c 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1])
for t in ("batch_requests", "batches", "descriptions", "ledger_use", "charges"): db.execute("DELETE FROM " + t)
db.commit()' "$PWD/shop/reckon.db"
    run 0 reckon describe budget set all --hard-tokens 1000000
}

# a provider that has none: said plainly, and nothing is reserved or sent; the normal way is there
fresh plain
run 4 reckon describe run --template web --batch
err_has "local: it offers no batch interface; without --batch the same texts are asked for one by one"
same "$(ledger 'rows' 2>/dev/null || echo none) $(logged 'len(d)')" "none 0" "nothing was reserved"
run 0 reckon describe run i1 --template web

# all is well: half the price, one file, and not asked twice
fresh
run 0 reckon describe run --template web --batch --json
same "$(json 'd["summary"]["written"], d["summary"]["without_facts"], d["summary"]["batches"], d["summary"]["calls"]')" "(6, 1, 1, 6)" "written"
same "$(states)" "[0, 6, 0, 0]" "paid"
same "$(ledger 'all(r["cost"] == -(-(r["prompt"] + 2 * r["completion"]) // 2) for r in rows)')" True "half the price"
same "$(logged '[r["path"] for r in d]')" "['/v1/files', '/v1/batches']" "two requests"
run 0 reckon describe list i1 --json
same "$(json 'd["rows"][0]["description"], d["rows"][0]["state"]')" "('This is blue mug 1.', 'approved')" "the text"
run 0 reckon describe show "$(json 'd["rows"][0]["text"]')" --json
run 0 reckon describe run --template web --batch --json
same "$(json 'd["summary"]["unchanged"], d["summary"]["batches"]')" "(6, 0)" "nothing to ask"
run 0 reckon describe run --template web --again --batch --batch-size 4 --json
same "$(json 'd["summary"]["written"], d["summary"]["batches"]')" "(6, 2)" "in two"
run 0 reckon describe batch list --json
same "$(json '[(r["state"], r["there"], r["written"]) for r in d["rows"]]')" "[('ended', 'completed', 6), ('ended', 'completed', 4), ('ended', 'completed', 2)]" "listed"
run 6 reckon describe batch resume 1
run 3 reckon describe batch resume 99

# nobody waits: what is under way is asked by nobody else, and its money is held whoever recovers
fresh
run 0 reckon describe run --template web --batch --no-wait --json
same "$(json 'd["summary"]["batches"], d["summary"]["written"]')" "(1, 0)" "sent"
same "$(states)" "[6, 0, 0, 0]" "reserved"
run 0 reckon describe run --template web --json
same "$(json 'd["summary"]["under_way"], d["summary"]["calls"]')" "(6, 0)" "not asked beside it"
same "$(states)" "[6, 0, 0, 0]" "and still held"
run 0 reckon describe batch list --open
out_has "sent"
run 0 reckon describe batch resume --json
same "$(json 'd["summary"]["written"], d["summary"]["ended"]')" "(6, 1)" "taken up"
same "$(states)" "[0, 6, 0, 0]" "paid once"
run 0 reckon describe batch resume
out_has "no batches that have not ended"

# what it does wrong: words, then how many are written and failed, and what the ledger holds
# wrong "WORDS" WRITTEN FAILED "LEDGER" [WORD]
wrong() {
    fresh "$1"
    run 0 reckon describe run --template web --batch --json
    same "$(json 'd["summary"]["written"]') $(json 'd["summary"]["failed"]')" "$2 $3" "$1"
    same "$(states)" "$4" "$1: the ledger"
    [ -z "${5:-}" ] || out_has "$5"
}
wrong "ok failed" 0 6 "[0, 0, 0, 6]" "the batch was refused: line 2: the model is not there"
wrong "ok expired" 3 3 "[0, 3, 0, 3]" "batch_expired"
wrong "ok partial" 3 3 "[0, 3, 0, 3]" "server_error: no answer"
wrong "ok twice" 6 0 "[0, 6, 0, 0]"
same "$(json 'd["summary"]["twice"]')" 6 "counted, and nothing else"
wrong "ok unknown" 6 0 "[0, 6, 0, 0]"
same "$(json 'd["summary"]["unknown"], d["summary"]["broken"]')" "(4, 2)" "lines of others"
wrong "ok cut" 6 0 "[0, 6, 0, 0]"
same "$(json 'd["summary"]["twice"]')" 0 "read anew"
wrong "ok cutalways" 4 2 "[0, 4, 2, 0]" "its answer was not in the provider's file"
wrong "ok nousage" 6 0 "[0, 0, 6, 0]"
wrong "ok prose" 0 6 "[0, 6, 0, 0]" "cannot be used"
wrong "503 429 ok ok" 6 0 "[0, 6, 0, 0]"
wrong "ok 429 ok" 6 0 "[0, 6, 0, 0]"
wrong "ok lost" 6 0 "[0, 6, 0, 0]"
same "$(logged 'sum(r["path"] == "/v1/batches" for r in d)')" 1 "made once, and found by its word"
wrong "ok lost500" 6 0 "[0, 6, 0, 0]"
same "$(logged 'sum(r["path"] == "/v1/batches" for r in d)')" 1 "also then"
for word in list nameless; do
    wrong "ok $word" 6 0 "[0, 6, 0, 0]"
    same "$(logged 'sum(r["path"] == "/v1/batches" for r in d)')" 1 "made once, whatever was said of it: $word"
done
wrong "ok gone" 0 6 "[0, 0, 6, 0]" "knows nothing of this batch"
# what failed is asked again, and nothing else
fresh "ok partial"
run 0 reckon describe run --template web --batch --json
run 0 reckon describe run --template web --batch --json
same "$(json 'd["summary"]["written"], d["summary"]["unchanged"]')" "(3, 3)" "the rest"
run 0 reckon describe batch list --json
run 0 reckon describe batch list "$(json 'd["rows"][0]["batch"]')" --json
same "$(json '[r["why"] for r in d["tables"]["failed"]["rows"]]')" "['server_error: no answer', 'server_error: no answer', 'server_error: no answer']" "listed"
fresh "ok 400"
run 1 reckon describe run --template web --batch --json
same "$(states)" "[0, 0, 0, 6]" "free again when it was refused"
fresh
providers 'key-variable = "SHOP_KEY"'
run 4 env SHOP_KEY=wrong "$RECKON" describe run --template web --batch
err_has "SHOP_KEY"

# money: what the budget allows is sent, and no more
fresh
run 0 reckon describe budget set all --hard-tokens 4500
run 6 reckon describe run --template web --batch --no-wait --json
same "$(json 'd["summary"]["requests"]')" 3 "as many as could be reserved"
run 6 reckon describe run --template web --batch --json
same "$(json 'd["summary"]["under_way"], d["summary"]["requests"]')" "(3, 0)" "the rest is held by the batch"
run 0 reckon describe batch resume --json
run 0 reckon describe run --template web --batch --again --json
same "$(json 'd["summary"]["written"], d["summary"]["batches"]')" "(6, 4)" "one batch after the other, as its money comes back"
run 0 reckon describe budget set all --hard-tokens 0
run 4 reckon describe run --template web --batch --again --json
same "$(json 'd["summary"]["batches"]')" 0 "a budget of zero"

# killed while it waits, and before it heard that the provider has it; cancelled here, and there
fresh "ok hang"
"$RECKON" describe run --template web --batch >/dev/null 2>&1 &
killed=$!
until [ "$(wc -l <log)" = 2 ] || ! kill -0 $killed; do :; done
until reckon describe batch list --csv | grep -q in_progress || ! kill -0 $killed; do :; done
run 6 reckon describe batch resume
err_has "sees to batch"
kill -9 $killed
wait $killed 2>/dev/null
run 0 reckon describe run i1 --template web --json
same "$(json 'd["summary"]["under_way"]')" 1 "its money and its texts are still held"
run 0 reckon describe batch resume --no-wait --json
same "$(json 'd["summary"]["ended"]')" 0 "still at it"
run 0 reckon describe batch cancel "$(reckon describe batch list --open --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["rows"][0]["batch"])')" --json
same "$(json 'd["summary"]["written"], d["summary"]["failed"]')" "(3, 3)" "what it had done is kept"
same "$(states)" "[0, 3, 0, 3]" "and paid"
fresh "ok hang"
"$RECKON" describe run --template web --batch >interrupted 2>&1 &
pid=$!
until reckon describe batch list --csv | grep -q in_progress || ! kill -0 $pid; do :; done
kill -INT $pid
wait $pid
same "$?" 130 "cancelled"
same "$(grep -c 'batch resume' interrupted)" 1 "says how to go on"
# a process that died between asking and hearing: as if nothing had been noted
fresh
run 0 reckon describe run --template web --batch --no-wait
python3 -c 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute("UPDATE batches SET state = \"preparing\", remote = NULL"); db.commit()' "$PWD/shop/reckon.db"
run 0 reckon describe batch resume --json
same "$(json 'd["summary"]["written"]') $(logged 'sum(r["path"] == "/v1/batches" for r in d)')" "6 1" "found there, not made again"
same "$(states)" "[0, 6, 0, 0]" "paid once"
fresh
run 0 reckon describe run --template web --batch --no-wait
python3 -c 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute("UPDATE batches SET state = \"preparing\", remote = NULL, token = \"feedbeef\""); db.commit()' "$PWD/shop/reckon.db"
run 0 reckon describe batch resume --json
same "$(json 'd["summary"]["written"]') $(logged 'sum(r["path"] == "/v1/batches" for r in d)')" "6 2" "not found: sent"
run 0 reckon doctor
finish
