#!/usr/bin/env bash
# A model tuned on the shop's own good texts: what it learns from, what it costs, and whether it is any better.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
. "$RECKON_SOURCE/tests/describe/service.sh"
trap 'service_stop; rm -rf "$scratch"' EXIT

run 0 reckon init shop
export RECKON_WORKSPACE=$PWD/shop
for i in $(seq 30); do echo "i$i,Blue mug $i,porcelain,1$i"; done | { echo item,title,material,height; cat; } >items.csv
run 0 reckon import items items.csv
run 0 reckon describe templates example
cp "$scratch/out" web.txt
run 0 reckon describe templates set web web.txt
at() { local when=$1; shift; env RECKON_NOW="$when" "$RECKON" "$@"; }
sql() { python3 -c 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); print(db.execute(sys.argv[2]).fetchall()); db.commit()' "$PWD/shop/reckon.db" "$1"; }

service
run 3 reckon describe tune build
run 5 reckon describe tune build --min-clicks 0
err_has "0 texts to learn from"
run 0 at 2026-01-01T00:00:00Z describe run i30 --template web --publish
run 0 at 2026-11-01T00:00:00Z describe run --template web --publish --limit 29
# all but one are clicked while they stand in the shop; one of them before, another is left in review
for i in $(seq 28); do echo "u$i,i$i,click,2026-11-02T00:00:00Z"; done | { echo user,item,kind,time; cat; echo u1,i29,click,2026-10-02T00:00:00Z; } >events.csv
run 0 reckon import events events.csv
sql "UPDATE descriptions SET state = 'review' WHERE item = (SELECT item FROM items WHERE identifier = 'i1')" >/dev/null
# what is wrong with a text: it leads to a person, it is no text, it is there twice
sql "UPDATE descriptions SET content = '{\"description\":\"Ask jane@shop.example for this mug.\"}' WHERE item = (SELECT item FROM items WHERE identifier = 'i2')" >/dev/null
sql "UPDATE descriptions SET prompt = '[]' WHERE item = (SELECT item FROM items WHERE identifier = 'i3')" >/dev/null
sql "UPDATE descriptions SET content = a.content, prompt = a.prompt FROM (SELECT content, prompt FROM descriptions JOIN items USING (item) WHERE identifier = 'i5') a WHERE descriptions.item = (SELECT item FROM items WHERE identifier = 'i4')" >/dev/null
run 0 at 2026-11-20T00:00:00Z describe tune build --out sets --json
same "$(json 'd["summary"]["seen"], d["summary"]["not_clicked"], d["summary"]["personal"], d["summary"]["malformed"], d["summary"]["twice"], d["summary"]["training"] + d["summary"]["held_out"]')" \
    "(27, 1, 1, 1, 1, 23)" "what is left out, and why"
training=$(json 'd["summary"]["training"]') held=$(json 'd["summary"]["held_out"]')
same "$(python3 - <<'X'
import json
sets = [[json.loads(l) for l in open("sets/" + f)] for f in ("training.jsonl", "held-out.jsonl")]
print([len(s) for s in sets], all([m["role"] for m in e["messages"]] == ["system", "user", "assistant"] and
      isinstance(json.loads(e["messages"][2]["content"]), dict) for s in sets for e in s),
      not {e["messages"][1]["content"] for e in sets[0]} & {e["messages"][1]["content"] for e in sets[1]}, "jane" in open("sets/training.jsonl").read())
X
)" "[$training, $held] True True False" "both sets as JSON lines"
same "$(sql 'SELECT count(*) FROM charges WHERE purpose = "tune"') $(logged 'len(set(r["path"] for r in d))')" "[(0,)] 1" "nothing was sent"

# what it costs, and that it is not begun when the budget does not allow it
providers 'training-price = 8'
run 0 reckon describe tune estimate --json
bytes=$(stat -c %s sets/training.jsonl)
near "$(json 'd["summary"]["cost_at_most"]')" "$(python3 -c "print(($bytes - $training) * 3 * 8 / 1e6)")" 1e-5 "a token a byte and epoch"
run 0 reckon describe budget set training --phase tuning --period once --hard-tokens 100
run 4 reckon describe tune start --phase tuning
err_has "training: this budget is used up"
same "$(logged 'any("fine_tuning" in r["path"] for r in d)')" False "nothing was sent"
run 0 reckon describe budget set training --phase tuning --period once --hard-tokens 1000000
# a provider that has none; one that loses its answer; one that fails
service plain
run 4 reckon describe tune start --phase tuning
err_has "it offers no fine-tuning"
service ok ok lost
providers 'training-price = 8'
run 0 reckon describe tune start --phase tuning --json
same "$(json 'd["rows"][0]["state"]') $(logged 'sum(r["path"].endswith("/jobs") for r in d)')" "sent 1" "found by its word"
same "$(sql 'SELECT state, held FROM charges WHERE purpose = "tune"')" "[('reserved', 1)]" "held"
run 6 reckon describe tune start 1
run 0 reckon describe tune status --wait --json
same "$(json 'd["rows"][0]["state"], d["rows"][0]["model"]')" "('succeeded', 'ft:m:shop::1')" "followed"
same "$(json '[(s["name"], len(s["points"])) for s in d["series"]]')" "[('training: loss', 5), ('held out: loss', 5)]" "its curves"
same "$(sql 'SELECT state, prompt, cost FROM charges WHERE purpose = "tune"')" "[('settled', $((100 * training)), $((800 * training)))]" "what it said that it trained"
run 0 reckon describe budget list --json
same "$(json '[(r["tokens"], r["reserved"]) for r in d["rows"]]')" "[($((100 * training)), 0)]" "the budget"

# registered with what the checks say of both; only then it can be used
run 3 reckon describe run i1 --template web --model 1 --again
run 0 reckon describe tune register --phase tuning --json
same "$(json 'd["rows"][0]["registered"], d["rows"][0]["base_pass"], d["rows"][0]["tuned_pass"], d["rows"][0]["p"], d["rows"][0]["loss"]')" \
    "(True, 1.0, 1.0, 1.0, 0.44)" "as good as the other"
same "$(logged 'sorted(set(r["body"]["model"] for r in d if r["path"].endswith("completions")))')" "['ft:m:shop::1', 'm']" "both were asked"
run 0 reckon describe run i1 --template web --model 1 --again
same "$(logged 'd[-1]["body"]["model"]')" "ft:m:shop::1" "by its number"
run 0 reckon describe run i1 --template web --model ft:m:shop::1 --again
run 3 reckon describe run i1 --template web --model other --again

# failed, and cancelled: what is not billed is free again, and what nobody knows counts as the most
service ok ok failed
run 0 at 2026-11-20T00:00:00Z describe tune build --min-clicks 0
run 0 reckon describe tune start --wait --phase tuning --json
same "$(json 'd["rows"][0]["state"], d["rows"][0]["why"]')" "('failed', 'the loss is not a number')" "failed"
service ok ok hang
run 0 at 2026-11-20T00:00:00Z describe tune build --min-clicks 0
run 0 reckon describe tune start --phase tuning
run 0 reckon describe tune status --cancel --json
same "$(json 'd["rows"][0]["state"]')" cancelled "cancelled"
same "$(sql 'SELECT count(*) FROM charges WHERE state = "reserved"')" "[(0,)]" "nothing stays reserved"
run 6 reckon describe tune register 3
run 0 reckon describe tune list
run 0 reckon doctor
finish
