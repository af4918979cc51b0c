#!/usr/bin/env bash
# A model with an index answers over HTTP as the same one without, also when its file is cut short under the server.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
run 0 reckon train ials --no-evaluate --index always --name indexed
run 0 reckon train ials --no-evaluate --index never --name plain
run 0 reckon models show indexed
out_has "index of "
run 0 reckon models promote indexed
serve

# by one, by many, filtered: the same items
items() { json '[[i["item"] for i in a["items"]] for a in d.get("answers", [d])]'; }
users='"u001","u007","u042","u100","nobody"'
for rest in '' ',"filter":"in_stock = true"' ',"filter":"item = i00001 or item = i00002"' ',"diversity":0.5' \
    ',"mode":"repeat","n":200'; do
    ask 200 POST /v1/recommend "{\"users\":[$users],\"model\":\"plain\"$rest}"
    plain=$(items)
    ask 200 POST /v1/recommend "{\"users\":[$users]$rest}"
    same "$(items)" "$plain" "many, $rest"
    ask 200 POST /v1/recommend "{\"user\":\"u042\",\"model\":\"plain\"$rest}"
    plain=$(items)
    ask 200 POST /v1/recommend "{\"user\":\"u042\"$rest}"
    same "$(items)" "$plain" "one, $rest"
done

# who is new is answered from what the file says is popular
ask 200 POST /v1/recommend '{"user":"brand-new"}'
out_has "counted when the model was trained"

# the file is cut short in its place, as a careless copy would do it
file=$RECKON_WORKSPACE/models/indexed-1.safetensors
ask 200 POST /v1/recommend '{"user":"u003","n":9}'
before=$(items)
: >"$file"
ask 200 POST /v1/recommend '{"user":"u003","n":9,"reasons":false}'
same "$(items)" "$before" "the answer after the file was emptied"
ask 200 POST /v1/recommend "{\"users\":[$users],\"n\":7}"
head -c 5000 /dev/urandom >"$file"
ask 200 POST /v1/recommend "{\"users\":[$users],\"n\":6}"
stop
serve
ask 503 POST /v1/recommend '{"user":"u003"}'
out_has no_model
ask 200 POST /v1/recommend '{"user":"u003","model":"plain"}'
stop
finish
