#!/usr/bin/env bash
# Rules and scenarios of a running server: changed without a restart, counted in the next answers, named in the reasons.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
run 0 reckon train popular --no-evaluate
settings '[recommend]
fresh-days = 0'
serve

ask 200 POST /v1/recommend '{"user":"u007","n":5}'
plain=$(json '[i["item"] for i in d["items"]]')
second=$(json 'd["items"][1]["item"]') first=$(json 'd["items"][0]["item"]')
ask 200 POST /v1/recommend '{"user":"u007","n":5,"limit_per":[{"attribute":"category","k":1}],"diversity":0.3,"attributes":["category"]}'
same "$(json 'len({i["attributes"]["category"] for i in d["items"]})')" 5 "one of each category"
ask 400 POST /v1/recommend '{"user":"u007","limit_per":[{"attribute":"kategory","k":1}]}'
out_has "perhaps category"
ask 400 POST /v1/recommend '{"user":"u007","limit_per":[{"attribute":"category"}]}'
ask 400 POST /v1/recommend '{"user":"u007","diversity":2}'

# rules that arrive while it serves
shown() { ask 200 POST /v1/recommend '{"user":"u007","n":5}'; [ "$(json 'd["items"][0]["item"]')" = "$1" ]; }
printf '[best]\nkind = "pin"\nidentifiers = "%s"\n' "$second" >rules.toml
run 0 reckon rules set rules.toml
eventually shown "$second"
same "$(json 'd["items"][0]["rules"], "rules" in d["items"][1]')" "(['best: pin at 1'], False)" "the rule is named"
ask 200 POST /v1/recommend '{"user":"u007","n":5,"rules":"none"}'
same "$(json '[i["item"] for i in d["items"]]')" "$plain" "without rules"
ask 200 POST /v1/recommend '{"users":["u007","u008"],"n":5}'
same "$(json '[a["items"][0]["item"] for a in d["answers"]]')" "['$second', '$second']" "for many"
ask 200 POST /v1/session "{\"items\":[\"$first\"],\"n\":3}"
same "$(json 'd["items"][0]["item"]')" "$second" "and in sessions"
printf '[gone]\nkind = "hide"\nidentifiers = "%s"\n[page]\nkind = "hide"\nidentifiers = "%s"\nwhen = "page=cart"\n' "$second" "$first" >rules.toml
run 0 reckon rules set rules.toml
eventually shown "$first"
ask 200 POST /v1/recommend '{"user":"u007","n":1000}'
out_lacks "\"item\":\"$second\",\"title\""
ask 200 POST /v1/recommend '{"user":"u007","n":5,"context":{"page":"cart"}}'
same "$(json "'$first' in [i['item'] for i in d['items']]")" False "by the page"
printf '[cart]\nkind = "pin"\nidentifiers = "%s"\ncart = "item in (%s)"\n[view]\nkind = "pin"\nidentifiers = "%s"\nview = "item = %s"\n' \
    "$second" "$first" "$second" "$first" >cart.toml
run 0 reckon rules set cart.toml --name cart
held() { ask 200 POST /v1/recommend "{\"user\":\"u007\",\"n\":5,\"mode\":\"repeat\",\"rules\":\"cart\",\"context\":{\"cart\":[\"$first\"]}}"; json 'd["items"][0].get("rules", [])'; }
is_set() { [ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' -d '{"user":"u007","rules":"cart"}' "$url/v1/recommend")" = 200 ]; }
eventually is_set
same "$(held)" "['cart: pin at 1']" "by what the cart holds"
ask 200 POST /v1/session "{\"items\":[\"$first\"],\"n\":5,\"mode\":\"repeat\",\"rules\":\"cart\"}"
same "$(json 'd["items"][0]["rules"]')" "['view: pin at 1']" "by the item in view of a session"
run 0 reckon rules remove cart
# what is hidden is not shown as similar either, and a model that cannot tell says so
ask 200 POST /v1/similar "{\"item\":\"$first\",\"n\":200}"
out_lacks "\"item\":\"$second\",\"title\""
ask 200 POST /v1/similar "{\"item\":\"$first\",\"n\":200,\"rules\":\"none\"}"
out_has "\"item\":\"$second\",\"title\""
ask 400 POST /v1/similar "{\"item\":\"$first\",\"model\":\"popular\"}"
out_has "cannot tell which items are alike"
run 0 reckon rules rollback
eventually shown "$second"
run 0 reckon rules remove
eventually shown "$first"

# scenarios
ask 404 POST /v1/recommend '{"user":"u007","scenario":"home"}'
printf 'models = "popular"\nn = 4\nattributes = "price"\nfilter = "in_stock"\n' >home.toml
run 0 reckon scenarios set home home.toml
known() { ask 200 POST /v1/recommend '{"user":"u007","scenario":"home"}'; }
code() { [ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' -d '{"user":"u007","scenario":"home"}' "$url/v1/recommend")" = 200 ]; }
eventually code
known
same "$(json 'd["model"], len(d["items"]), all("price" in i["attributes"] for i in d["items"])')" "('popular@1', 4, True)" "its model and defaults"
ask 200 POST /v1/recommend '{"user":"u007","scenario":"home","n":2,"model":"ease"}'
same "$(json 'd["model"], len(d["items"])')" "('ease@1', 2)" "what the request says wins"
ask 200 POST /v1/similar "{\"item\":\"$first\",\"scenario\":\"home\"}"
same "$(json 'd["model"], len(d["items"])')" "('ease@1', 4)" "similar in a scenario whose model cannot tell"
ask 200 POST /v1/session "{\"items\":[\"$first\"],\"scenario\":\"home\"}"
same "$(json 'd["model"], len(d["items"])')" "('popular@1', 4)" "a session"

# an item that came after the model, by its description: like it, next in a session with it, and drawn as new
ask 404 POST /v1/similar '{"item":"new1"}'
run 0 reckon train content --no-evaluate
like=$(python3 -c 'import csv
r = next(csv.DictReader(l for l in open("data/items.csv") if not l.startswith("# ")))
print("%s;%s;%s;%s" % (r["item"], r["category"], r["material"], r["style"]))')
IFS=';' read -r twin category material style <<<"$like"
ask 200 PUT /v1/items/new1 "{\"title\":\"$material $category\",\"attributes\":{\"category\":\"$category\",\"material\":\"$material\",\"style\":\"$style\"}}"
placed() { [ "$(curl -s -o "$scratch/out" -w '%{http_code}' -H 'Content-Type: application/json' -d '{"item":"new1","n":10,"attributes":["category"]}' "$url/v1/similar")" = 200 ]; }
eventually placed
same "$(json 'd["items"][0]["model"], sum(i["attributes"]["category"] == "'"$category"'" for i in d["items"]) >= 5')" "('content@1', True)" "like a new item"
ask 200 POST /v1/session '{"items":["new1"],"n":5,"attributes":["category"]}'
same "$(json '"content@1" in d["fallback"], d["items"][0]["model"], sum(i["attributes"]["category"] == "'"$category"'" for i in d["items"]) >= 2')" "(True, 'content@1', True)" "a session with it alone"
ask 200 POST /v1/session "{\"items\":[\"$first\",\"new1\"],\"n\":10}"
same "$(json 'sorted({i["model"] for i in d["items"]})')" "['content@1', 'ease@1']" "both models, when the item in view is new to one"
ask 200 POST /v1/recommend '{"user":"u007","n":10,"fresh":0.1}'
same "$(json '[(i["item"], i["model"], i.get("propensity", 1)) for i in d["items"] if i["item"].startswith("new")]')" "[('new1', 'content@1', 1)]" "the one new item, surely"
ask 200 PUT /v1/items/new2 "{\"title\":\"$material $category\",\"attributes\":{\"category\":\"$category\"}}"
ask 200 POST /v1/recommend '{"user":"u007","n":10,"fresh":0.1}'
same "$(json '[0 < i["propensity"] < 1 for i in d["items"] if i["item"].startswith("new")]')" "[True]" "one of two, drawn"
cp "$scratch/out" drawn
ask 200 POST /v1/recommend '{"n":10,"fresh":0.1,"user":"u007"}'
same "$(json '[i["item"] for i in d["items"]]')" "$(python3 -c 'import json; print([i["item"] for i in json.load(open("drawn"))["items"]])')" "the same draw on the same day"
ask 200 POST /v1/recommend '{"user":"u007","n":10,"fresh":0.2,"filter":"item != new1"}'
same "$(json '[i["item"] for i in d["items"] if i["item"].startswith("new")]')" "['new2']" "a filter reads new items too"
ask 200 POST /v1/recommend '{"user":"u007","n":10}'
out_lacks '"new1"'
printf 'models = "ease, content"\n' | run 0 reckon scenarios set both -
both() { [ "$(curl -s -o "$scratch/out" -w '%{http_code}' -H 'Content-Type: application/json' -d '{"user":"u007","n":20,"scenario":"both"}' "$url/v1/recommend")" = 200 ]; }
eventually both
same "$(json 'sorted({i["model"] for i in d["items"]}), len(d["items"]), [i["score"] for i in d["items"]] == sorted((i["score"] for i in d["items"]), reverse=True)')" \
    "(['content@1', 'ease@1'], 20, True)" "several models, blended"
stop
finish
