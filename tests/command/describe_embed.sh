#!/usr/bin/env bash
# Vectors of products by a service: asked once, kept, learned from, and compared with words.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
service=
trap '[ -z "$service" ] || kill $service 2>/dev/null; rm -rf "$scratch"' EXIT
# service WORD…: a new one, that answers by these words first
service() {
    [ -z "$service" ] || kill "$service" 2>/dev/null
    rm -f port log
    echo "$*" >script
    : >log
    python3 "$RECKON_SOURCE/tests/describe/llm_server.py" port log script &
    service=$!
    until [ -s port ]; do kill -0 $service 2>/dev/null || { fail "no service"; finish; }; done
    printf '%s\n' '[local]' "url = \"http://127.0.0.1:$(cat port)/v1\"" 'model = "m"' "embedding-model = \"${model:-e-96}\"" \
        'embedding-price = 2' 'retries = 1' 'in-flight = 2' 'backoff-seconds = 0.01' >shop/providers.toml
}
logged() { python3 -c 'import json,sys; d=[json.loads(l) for l in open("log")]; print(eval(sys.argv[1]))' "$1"; }

run 0 reckon init shop
export RECKON_WORKSPACE=$PWD/shop
# 60 products of three kinds, whose buyers keep to one kind
python3 - <<'X'
import random
random.seed(5)
kinds = [["oak", "wood", "board", "kitchen", "carve"], ["wool", "scarf", "warm", "winter", "knit"], ["glass", "lamp", "light", "evening", "glow"]]
with open("items.csv", "w") as f:
    f.write("item,title,contact\n")
    for i in range(60):
        f.write("i%02d,%s,%s\n" % (i, " ".join(random.sample(kinds[i % 3], 3)), "ask zq@mail.example" if i == 7 else ""))
    f.write("empty,,\n")
with open("events.csv", "w") as f:
    f.write("user,item,time,kind\n")
    for u in range(90):
        for k, i in enumerate(random.sample(range(u % 3, 60, 3), 8)):
            f.write("u%d,i%02d,2026-01-%02dT10:00:00Z,purchase\n" % (u, i, 1 + k))
X
run 0 reckon import events events.csv
run 0 reckon import items items.csv

run 3 reckon describe embed
err_has "describe providers --example"
service
sed -i /embedding-model/d shop/providers.toml
run 4 reckon describe embed
err_has "no provider has a model for embeddings"
run 5 reckon train content --features embeddings
err_has "reckon describe embed"

# asked once, many in a request, and not again
service
run 0 reckon describe embed --batch 16 --json
same "$(json '[d["summary"][k] for k in ("embedded", "without_facts", "failed", "numbers_each", "calls")]')" "[60, 1, 0, 96, 4]" "embedded"
same "$(logged 'sorted(len(r["body"]["input"]) for r in d), d[0]["path"], d[0]["body"]["model"]')" "([12, 16, 16, 16], '/v1/embeddings', 'e-96')" "what was asked"
same "$(grep -c 'mail.example' log)" 0 "nobody's address is in it"
out_has "leads to a person"
run 0 reckon describe budget report --by purpose --json
same "$(json '[(r["calls"], r["prompt"] > 0, round(r["cost"] * 1e6) == 2 * r["prompt"], r["completion"]) for r in d["rows"] if r["purpose"] == "embed"]')" "[(4, True, True, 0)]" "the ledger"
run 0 reckon describe embed --json
same "$(json 'd["summary"]["unchanged"], d["summary"]["calls"]')" "(60, 0)" "costs nothing again"
printf 'item,title\ni00,a carved oak board\n' | run 0 reckon import items -
run 0 reckon describe embed --json
same "$(json 'd["summary"]["embedded"], d["summary"]["calls"]')" "(1, 1)" "only what changed"

# learned from, and comparable with words
run 0 reckon train content --features embeddings
run 0 reckon similar i01 --model content --n 5 --json
same "$(json '{int(r["item"][1:]) % 3 for r in d["rows"]}')" "{1}" "alike are those of its kind"
ndcg() { run 0 reckon evaluate content --features "$1" --json; json 'next(v for k, v in d["rows"][0].items() if k.startswith("ndcg@"))'; }
words=$(ndcg words) embeddings=$(ndcg embeddings) both=$(ndcg both)
checks=$((checks + 1))
python3 -c 'import sys; w, e, b = map(float, sys.argv[1:]); sys.exit(not (w > 0.2 and e > 0.2 and b > 0.2 and e != w))' $words $embeddings $both ||
    fail "words $words, embeddings $embeddings, both $both"
# one that comes later is placed by its own vector
printf 'item,title\nnew,knit scarf for winter\n' | run 0 reckon import items -
run 0 reckon describe embed
run 0 reckon similar new --model content --n 5 --json
same "$(json '{int(r["item"][1:]) % 3 for r in d["rows"]}')" "{1}" "a new one"

# what goes wrong
touch_all() { sed "s/$/ $1/; 1s/.*/item,title/" items.csv | cut -d, -f1,2 | sed "2,\$s/$/ $1/" >t.csv; run 0 reckon import items t.csv; }
touch_all again
service 503 ok
run 0 reckon describe embed --json
same "$(json 'd["summary"]["failed"], d["summary"]["calls"]')" "(0, 2)" "asked again"
touch_all once
for word in few order nan; do
    service $word $word
    run 0 reckon describe embed --limit 9 --json
    same "$(json 'd["summary"]["failed"]')" 9 "$word"
done
service dim dim
run 0 reckon describe embed --limit 9
out_has "embeddings of 48 numbers came, and those of e-96 here have 96"
model=e-48
service dim
run 0 reckon describe embed --limit 9 --json
same "$(json 'd["summary"]["embedded"], d["summary"]["numbers_each"]')" "(9, 48)" "another model"
run 0 reckon describe budget set all --hard-tokens 10
run 4 reckon describe embed
err_has "used up"
run 0 reckon describe budget remove all

# killed in the middle: what came is kept
service ok hang
"$RECKON" describe embed --batch 20 >/dev/null 2>&1 &
killed=$!
until [ "$(wc -l <log)" -ge 3 ] || ! kill -0 $killed; do :; done
kill -9 $killed
wait $killed 2>/dev/null
service
run 0 reckon describe embed --batch 20 --json
checks=$((checks + 1))
[ "$(json 'd["summary"]["embedded"]')" -le 51 ] || fail "more was asked again than was under way"
run 0 reckon describe budget report --by state --json
out_has "estimated"
run 0 reckon doctor
finish
