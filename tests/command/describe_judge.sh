#!/usr/bin/env bash
# Two collections compared by a judge: both orders, ties, a judge who prefers whatever stands first, and the editors.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
. "$RECKON_SOURCE/tests/describe/service.sh"
trap 'service_stop; rm -rf "$scratch"' EXIT

run 0 reckon init shop
export RECKON_WORKSPACE=$PWD/shop
for i in 1 2 3 4 5 6 7 8; do echo "i$i,Lamp number $((i * 111)),tin"; done | sed '1iitem,title,material' | run 0 reckon import items -
run 0 reckon settings set describe.duplicates 0
printf -- '---\n{facts}\n' >web.txt
run 0 reckon describe templates set web web.txt
service ok
run 0 reckon describe run --template web --collection plain
run 0 reckon describe run --template web --collection warm
run 3 reckon describe judge plain other
err_has "no product has a text on both sides"
run 2 reckon describe judge plain web@x
# of warm 5 of 8 are fine, of plain one more; one of neither
text() { run 0 reckon describe list "$1" --json && json "[r['text'] for r in d['rows'] if r['collection'] == '$2'][0]"; }
for i in 1 2 3 4 5; do
    run 0 reckon describe edit "$(text i$i warm)" --description "A fine lamp of tin, $i."
done
run 0 reckon describe edit "$(text i6 plain)" --description 'A fine lamp of tin, 6.'

: >log
run 0 reckon describe judge plain warm --team judges --json
same "$(json '[d["summary"][k] for k in ("compared", "wins_a", "wins_b", "ties", "inconsistent", "calls", "failed")]')" "[8, 1, 5, 2, 0, 16, 0]" "counted"
near "$(json 'd["summary"]["win_rate"]')" 0.8333 0.001 "rate of wins"
near "$(json 'd["summary"]["win_rate_low"]')" 0.4365 0.001 "Wilson's interval, below"
near "$(json 'd["summary"]["win_rate_high"]')" 0.9699 0.001 "and above"
same "$(json '[(r["winner"], r["consistent"]) for r in sorted(d["rows"], key=lambda r: r["item"]) if r["item"] in ("i1", "i6", "i7")]')" "[('warm', True), ('plain', True), ('tie', True)]" "by product"
same "$(logged 'sorted(r["body"]["messages"][1]["content"].count("<<<first text") for r in d)[0]')" 1 "fenced"
same "$(logged 'all(r["body"]["temperature"] == 0 for r in d)')" True "nothing left to chance"
run 0 reckon describe budget report --by team --json
same "$(json '[r["calls"] for r in d["rows"] if r["team"] == "judges"]')" "[16]" "in the ledger"
# the same question is not asked again; a text that is new is
run 0 reckon describe judge plain warm --json
same "$(json 'd["summary"]["calls"], d["summary"]["wins_b"], d["summary"]["cost"]')" "(0, 5, 0.0)" "kept"
run 0 reckon describe judge warm plain --json
same "$(json 'd["summary"]["calls"], d["summary"]["wins_a"]')" "(0, 5)" "the other way round it is the same"
run 0 reckon describe edit "$(text i7 warm)" --description 'A fine lamp of tin, 7.'
run 0 reckon describe judge plain warm --json
same "$(json 'd["summary"]["calls"], d["summary"]["wins_b"]')" "(2, 6)" "what is new"

# a judge who prefers what stands first: all ties, and said
service first first first first first first first first first first first first first first first first
echo 'The better one wins.' >rubric.txt
run 0 reckon describe judge plain warm --rubric rubric.txt --json
same "$(json '[d["summary"][k] for k in ("wins_a", "wins_b", "ties", "inconsistent", "first_share")]')" "[0, 0, 8, 8, 1.0]" "biased"
same "$(logged '"The better one wins." in d[0]["body"]["messages"][1]["content"]')" True "its rubric"
printf 'Better wins, I say.' >rubric.txt
service first first first first first first first first first first first first first first first first
run 0 reckon describe judge plain warm --rubric rubric.txt
out_has "change with the order"

# editors: of three products they took the warm one, of one the plain one; kappa by hand
for i in 1 2 3; do
    run 0 reckon describe reject "$(text i$i plain)"
    run 0 reckon describe publish "$(text i$i warm)"
done
run 0 reckon describe reject "$(text i4 warm)"
run 0 reckon describe publish "$(text i4 plain)"
run 0 reckon describe publish "$(text i8 plain)" "$(text i8 warm)"
service ok
run 0 reckon describe judge plain warm --json
# judge: warm warm warm warm tie; editors: warm warm warm plain tie: observed 4/5, expected (4*3 + 1*1)/25
same "$(json 'd["summary"]["editors"], d["summary"]["agreement"], round(d["summary"]["kappa"], 6)')" "(5, 0.8, 0.583333)" "agreement"
same "$(json 'd["summary"]["kappa_low"] < d["summary"]["kappa"] < d["summary"]["kappa_high"]')" True "with its interval"

# what goes wrong: no verdict, no money; what leads to a person is not sent
service prose prose prose
run 0 reckon describe edit "$(text i8 warm)" --description 'A fine lamp of tin, 8.'
run 0 reckon describe judge plain warm --json
same "$(json 'd["summary"]["failed"], d["summary"]["compared"]')" "(1, 7)" "no verdict"
run 0 reckon describe budget set all --hard-tokens 10
run 4 reckon describe judge plain warm
err_has "used up"
run 0 reckon describe budget remove all
run 0 reckon describe edit "$(text i8 warm)" --description 'A fine lamp, ask jane@shop.example.'
: >log
run 0 reckon describe judge plain warm --json
same "$(json 'd["summary"]["withheld"], d["summary"]["calls"]')" "(1, 0)" "withheld"
same "$(logged 'len(d)')" 0 "nothing was sent"
run 0 reckon doctor
finish
