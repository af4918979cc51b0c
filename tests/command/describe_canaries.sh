#!/usr/bin/env bash
# Nothing of a person is ever sent: people's identifiers, addresses, numbers and words stand in everything that the store
# takes, and every field of a template, channel and language is tried; the service logs all that it gets, headers too.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
service=
trap '[ -z "$service" ] || kill $service 2>/dev/null; rm -rf "$scratch"' EXIT

run 0 reckon init shop
export RECKON_WORKSPACE=$PWD/shop

# people: in events with all that may come along, as profiles, and in the catalogue itself
cat >events.csv <<'X'
user,item,time,kind,rating,session,device,referrer,attr.review,attr.author,attr.search,user.city,item.last_buyer,item.bought_in
zanzibar-4711,i1,2026-01-02T10:00:00Z,review,5,sess-zq1,dev-zq1,https://mail.example/?u=zq1ref,zq1review was lovely,Zq1 Author,zq1search,zq1city,zanzibar-4711,zq1town
jane.zq2@mail.example,i1,2026-01-02T11:00:00Z,review,4,sess-zq2,dev-zq2,https://zq2ref.example/,zq2review,Zq2 Author,zq2search,zq2city,jane.zq2@mail.example,zq2town
98765431,i2,2026-01-03T10:00:00Z,purchase,,sess-zq3,dev-zq3,,,,zq3search,zq3city,98765431,zq3town
zanzibar-4711,i2,2026-01-03T11:00:00Z,view,,sess-zq1,dev-zq1,,,,zq1search,zq1city,zanzibar-4711,zq1town
X
run 0 reckon import events events.csv
printf 'user,name,email,phone,birthday\nzanzibar-4711,Zq1 Name,zq1@mail.example,+44 20 7946 0123,1970-07-07\n' >users.csv
run 0 reckon import users users.csv
cat >items.csv <<'X'
item,title,material,category,contact,checked_by,owner,hotline,note,stock_keeper
i1,Blue mug,porcelain,Kitchen,ask zq7@mail.example for more,zanzibar-4711,98765431,call +44 20 7946 0999,seen by (zanzibar-4711).,Jane <jane.zq2@mail.example>
i2,Heart for zanzibar-4711,wood,Garden,,,,,,
i3,Mail zq8@mail.example,,,,,,,,
i4,Lantern,iron,Garden,,,,,bar code 4006381333931,
X
run 0 reckon import items items.csv
printf '{"item":"i1","keeper":98765431,"tags":["fine","from zq9@mail.example"]}\n' | run 0 reckon import items -
printf 'user,email\nzanzibar-4711,zq6@mail.example\n' | run 0 reckon privacy subject import -

run 0 reckon train knn --quiet # tells {neighbours}
: >log
python3 "$RECKON_SOURCE/tests/describe/llm_server.py" port log &
service=$!
until [ -s port ]; do kill -0 $service 2>/dev/null || { fail "no service"; finish; }; done
printf '%s\n' '[local]' "url = \"http://127.0.0.1:$(cat port)/v1\"" 'model = "m"' 'embedding-model = "e"' 'in-flight = 4' 'backoff-seconds = 0.01' >shop/providers.toml

# every field of a template, in every language and channel; and each attribute by its name
run 0 reckon describe templates example
cp "$scratch/out" example.txt
run 0 reckon describe templates set example example.txt
all='{facts} {title} {item} {language} {channel} {audience} {tone} {words} {neighbours} {reviews}'
for language in en de fr es it nl pt sv da; do
    case $language in [ensdp]*) channel=web ;; f* | i*) channel=email ;; esac
    printf 'language = "%s"\nchannel = "%s"\naudience = "all"\ntone = "plain"\nfields = "title, description, caption, bullets, keywords"\n---\n%s\n' \
        $language $channel "$all" >t.txt
    run 0 reckon describe templates set "t-$language" t.txt
    run 0 reckon describe run --template "t-$language" --team red --phase first --quiet
done
printf 'channel = "mobile"\n---\n%s\n' "$all" >t.txt
run 0 reckon describe templates set mobile t.txt
run 0 reckon describe run --template mobile --quiet
run 0 reckon describe run --template example --json
same "$(json 'd["summary"]["without_facts"]')" 1 "one of which nothing but a person is known"
run 0 reckon describe run i1 i2 --template example --again --json
same "$(json 'sum("leads to a person" in n for n in d["notes"])')" 2 "what was left out is told"
out_has "contact (an address)"
out_has "checked_by (a user's identifier)"
out_has "hotline (a telephone number)"
out_has "title (a user's identifier)"
for attribute in contact checked_by owner hotline note stock_keeper keeper tags; do
    printf -- '---\n{facts} {%s}\n' $attribute >t.txt
    run 0 reckon describe templates set by t.txt
    run 0 reckon describe run i1 i4 --template by --again --quiet
done
run 0 reckon describe preview i2 --template example
out_has "leads to a person: title"
run 4 reckon describe run i1 --template example --again --note 'as zq7@mail.example wrote'
err_has "an address"
run 4 reckon describe run i1 --template example --again --note 'as zanzibar-4711 wrote'
run 0 reckon describe run i1 --template example --again --note 'shorter'
run 0 reckon describe embed --json
same "$(json 'd["summary"]["embedded"], d["summary"]["without_facts"]')" "(3, 1)" "vectors"

checks=$((checks + 1))
cat >look.py <<'X'
import re, sys
lines = open("log").read().splitlines()
assert len(lines) > 30, len(lines)
bad = re.compile(r"zanzibar|98765431|zq\d|mail\.example|7946|1970-07-07|sess-|dev-", re.I)
wrong = [m.group() + ": " + line[:400] for line in lines for m in [bad.search(line)] if m]
print("\n".join(wrong[:5]))
sys.exit(1 if wrong or not any("porcelain" in l for l in lines) or not any("/embeddings" in l for l in lines) or not any("4006381333931" in l for l in lines) else 0)
X
python3 look.py || fail "something of a person was sent"
finish
