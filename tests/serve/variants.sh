#!/usr/bin/env bash
# Whatever an arm may show really changes the answer: a model, a blend, a scenario, rules, options of the widget; and who
# takes part: target, holdout, layer.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
make_shop
run 0 reckon train popular --no-evaluate
run 0 reckon train knn --no-evaluate
printf 'n = 5\n' >home.toml
printf 'n = 5\nmodels = "ease, popular:2"\n' >blend.toml
run 0 reckon scenarios set home home.toml
run 0 reckon scenarios set blend blend.toml
top=$("$RECKON" recommend --user u220 --n 1 --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["rows"][0]["item"])')
printf '[gone]\nkind = "hide"\nidentifiers = "%s"\n' "$top" >hide.toml
run 0 reckon rules set hide.toml --name hide
made() { run 0 reckon experiment design "$1" --metric conversion --effect 0.5 --share 1 --arm control --arm "other=$2"; run 0 reckon experiment start "$1"; run 0 reckon experiment override "$1" --user u220 --arm other; run 0 reckon experiment override "$1" --user u004 --arm control; }
made model model:popular
made blend scenario:blend
made rules rules:hide
made widget 'widget:title=Picked, for "you"; level=4'
run 2 reckon experiment design bad --metric conversion --arm a --arm 'b=widget:key=x'
err_has "they are title, level"
run 2 reckon experiment design bad --metric conversion --arm a --arm 'b=widget:title='
run 3 reckon experiment design bad --metric conversion --arm a --arm b=model:nothing
run 3 reckon experiment design bad --metric conversion --arm a --arm b=rules:nothing
run 0 reckon experiment show widget
out_has "widget title=Picked"
serve
ask 200 POST /v1/recommend '{"user":"u220","n":5}'
plain=$(json "[i['item'] for i in d['items']]")
shown() { ask 200 POST /v1/recommend "{\"user\":\"u220\",\"n\":5,\"experiment\":\"$1\"}"; json "[i['item'] for i in d['items']]"; }
for arm in model blend rules; do
    checks=$((checks + 1))
    [ "$(shown $arm)" != "$plain" ] || { fail "$arm changes nothing: $plain"; cat "$scratch/out"; }
done
shown rules >/dev/null
same "$(json "'$top' in [i['item'] for i in d['items']]")" False "what the rules hide"
shown model >/dev/null
same "$(json "d['model'].split('@')[0]")" popular "the model of the arm"
same "$(shown widget)" "$plain" "options of the widget leave the items alone"
same "$(json "d['experiment']['options']")" "{'title': 'Picked, for \"you\"', 'level': '4'}" "options of the widget"
ask 200 POST /v1/recommend '{"user":"u004","n":5,"experiment":"widget"}'
same "$(json "'options' in d['experiment']")" False "control has none"
ask 200 POST /v1/assign '{"user":"u220","experiment":"widget"}'
same "$(json "d['experiment']['options']['level']")" 4 "options for an outside client"

# Who takes part
run 0 reckon experiment design only --metric conversion --effect 0.5 --share 1 --target 'country=Atlantis'
run 0 reckon experiment start only
why() { curl -s -H 'Content-Type: application/json' -d "{\"user\":\"$2\",\"experiment\":\"$1\"}" "$url/v1/assign" | python3 -c 'import json,sys; print(json.load(sys.stdin).get("experiment", {}).get("why"))'; }
targeted() { [ "$(why only u009)" = "the user is not in the target" ]; }
eventually targeted
settings '[experiment]
holdout = 1'
kill -HUP "$server"
held() { [ "$(why widget u009)" = "the user is in the holdout, which takes part in no experiment" ]; }
eventually held
same "$(why widget u220)" "a tester's override; not counted" "a tester is not held out"
stop
finish
