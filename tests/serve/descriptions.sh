#!/usr/bin/env bash
# Published texts in answers: asked for or shown by an arm, in force as soon as they are published or rolled back; and an
# experiment of two collections from its design to its verdict.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
. "$RECKON_SOURCE/tests/describe/service.sh"
service_log=service.log
trap '[ -n "$server" ] && kill -9 "$server" 2>/dev/null; service_stop; rm -rf "$scratch"' EXIT
make_shop
service
run 0 reckon describe templates example
cp out web.txt
run 0 reckon describe templates set web web.txt
sed 's/^language = .*/language = "de"/' web.txt >de.txt
run 0 reckon describe templates set de de.txt
run 0 reckon describe run --template web --publish
run 0 reckon describe run i001 i002 --template web --collection warm
serve
ask 200 POST /v1/similar '{"item":"i001","n":3}'
out_lacks '"description"'
ask 200 POST /v1/similar '{"item":"i001","n":3,"description":{}}'
same "$(json "[sorted(i['description'])[:2] + [i['description']['language']] for i in d['items']]")" \
    "[['caption', 'channel', 'en'], ['caption', 'channel', 'en'], ['caption', 'channel', 'en']]" "all that are published"
ask 200 POST /v1/recommend '{"user":"u004","n":2,"description":{"collection":"default","channel":"web"}}'
same "$(json "all(i['description']['text'].startswith('This is ') for i in d['items'])")" True "for a user"
ask 200 POST /v1/recommend '{"users":["u004","u009"],"n":1,"description":{}}'
same "$(json "all('description' in i for a in d['answers'] for i in a['items'])")" True "for several"
ask 200 POST /v1/session '{"items":["i001"],"n":1,"description":{}}'
out_has '"description"'
ask 200 POST /v1/session '{"items":["i001"],"n":1,"description":{"collection":"warm"}}'
out_lacks '"description"'
ask 400 POST /v1/session '{"items":["i001"],"description":{"colection":"warm"}}'
ask 200 GET '/v1/items/i001?collection=default'
before=$(json "d['description']['number']")
ask 200 GET /v1/items/i001
out_lacks '"description"'

# What is published, rolled back, taken away is in the next answers, without a restart
number() { curl -s "$url/v1/items/i001?$1" | python3 -c 'import json,sys; print(json.load(sys.stdin).get("description", {}).get("number"))'; }
is() { [ "$(number "$2")" = "$1" ]; }
run 0 reckon describe edit "$before" --description 'Edited by hand.' --json
edited=$(json 'd["summary"]["text"]')
run 0 reckon describe publish "$edited"
eventually is "$edited" collection=default
run 0 reckon describe rollback i001
eventually is "$before" collection=default
run 0 reckon describe reject "$before"
eventually is None collection=default
run 0 reckon describe publish "$edited"
eventually is "$edited" collection=default
is None collection=warm || fail "what is not published"
run 0 reckon describe publish --collection warm
warm() { [ "$(number collection=warm)" != None ]; }
eventually warm

# Languages stand beside each other; the one of most texts is shown to who asks for none
run 0 reckon describe run i001 i003 --template de
run 0 reckon describe list i001 --json
german=$(json "[r['text'] for r in d['rows'] if r['language'] == 'de'][0]")
run 0 reckon describe publish "$german"
eventually is "$german" 'collection=default&language=de'
is "$edited" 'collection=default' || fail "the language of most texts"
is None 'collection=default&language=de&channel=email' || fail "another channel"

# The command line shows the same
run 0 reckon similar i001 --n 1 --description default --json
same "$(json "d['rows'][0]['description'][:8]")" "This is " "similar"
run 0 reckon recommend --user u004 --n 1 --description default --language de
run 0 reckon recommend --user u004 --n 1 --description nothing
out_has "No such text is published"
run 2 reckon recommend --user u004 --language de
err_has "add --description default"

# A page's key reads published texts, too
run 0 reckon keys create page --roles browser --json
page=$(json "d['summary']['token']")
run 0 reckon keys create all --roles serve --json
token=$(json "d['summary']['token']")
with_key() { [ "$(curl -s -o "$scratch/out" -w '%{http_code}' -H "Authorization: Bearer $page" -H 'Content-Type: application/json' \
    -d '{"user":"u004","n":1,"description":{}}' "$url/v1/recommend")" = 200 ]; }
eventually knows "$token"
eventually with_key
out_has '"description"'

# Arms: who is in one sees its texts without asking; exposures are durable with their propensity
run 3 reckon experiment design bad --metric conversion --arm a --arm b=descriptions:nothing
err_has "no text of this collection is published"
run 2 reckon experiment design bad --metric conversion --interleave --arm a --arm b=descriptions:warm
err_has "interleaving compares orders"
run 2 reckon describe experiment words default
err_has "none is no text at all"
run 3 reckon describe experiment words default nothing
run 0 reckon describe experiment textless none warm
run 0 reckon experiment show textless
out_has "25 %"
run 0 reckon describe experiment words default warm --start
out_has "words runs"
run 0 reckon experiment show words
out_has "descriptions warm"
run 0 reckon experiment override words --user u220 --arm warm
run 0 reckon experiment override words --user u004 --arm default
collection() { curl -s -H "Authorization: Bearer $token" "$url/v1/items/i001?user=$1&experiment=words" |
    python3 -c 'import json,sys; d=json.load(sys.stdin); print(d.get("description", {}).get("collection"), d.get("experiment", {}).get("variant"))'; }
arm() { [ "$(collection "$1")" = "$2" ]; }
eventually arm u220 "warm warm"
arm u004 "default default" || fail "the item's page for control: $(collection u004)"
ask 200 POST /v1/recommend '{"user":"u004","n":2,"experiment":"words"}'
same "$(json "d['items'][0]['description']['collection']")" default "a slate for control"
ask 200 POST /v1/recommend '{"user":"u220","n":2,"experiment":"words","description":{"collection":"default"}}'
out_lacks '"collection":"default"'
ask 200 GET '/v1/items/i001?user=u009&experiment=words'
same "$(json "d['experiment']['propensity']")" 0.5 "propensity"
ask 404 GET '/v1/items/i001?user=u009&experiment=nothing'
run 0 reckon experiment show words --json
same "$(json "sum(r['users'] for r in d['rows'])")" 1 "one exposure, of no tester"
stop
run 0 reckon describe experiment words
out_has "planned"
finish
