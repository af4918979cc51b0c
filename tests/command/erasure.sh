#!/usr/bin/env bash
# Somebody is erased: planned, approved, gone, searched for, certified; and does not come back.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"

run 0 reckon simulate --out data --users 120 --items 60 --events 3000 --days 60
run 0 reckon init shop
export RECKON_WORKSPACE=$scratch/shop
run 0 reckon import items data/items.csv
run 0 reckon import users data/users.csv
run 0 reckon import events data/events.csv
run 0 reckon train ease --no-evaluate
run 0 reckon models promote ease
run 0 reckon train popular --no-evaluate
run 0 reckon backup
run 0 reckon backup "$scratch/outside"
run 0 reckon audit head --out head.json
run 0 reckon audit key --out shop.pub
busy() { # the nth busiest user of the file
    grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort | uniq -c | sort -rn | sed -n "${1}p" | awk '{print $2}'
}
who=$(busy 1) other=$(busy 2) third=$(busy 3)

# what would go, and that nothing goes without being asked for
run 0 reckon privacy erase "$who" --dry-run --json
same "$(json '[r["n"] for r in d["rows"] if r["place"] == "events"][0]')" "$(grep -c "^$who," data/events.csv)" "events"
same "$(json 'sorted(r["method"] for r in d["rows"] if "@1" in r["place"])')" "['removed', 'updated without them, equal to 1e-5 to one trained without them']" "models"
same "$(json 'len([r for r in d["rows"] if r["place"].startswith("backups/")])')" 1 "backups"
run 4 reckon privacy erase "$who"
err_has "--confirm"
run 4 reckon privacy erase "$who" --confirm "$other"
run 0 reckon privacy scan --subject "$who" --json
same "$(json 'd["summary"]["result"]')" found "before"
run 3 reckon privacy erase nobody-at-all --confirm nobody-at-all
checks=$((checks + 1)); grep -q nearest err && fail "tells of others"
run 3 reckon privacy erase "' OR 1=1 --" --confirm "' OR 1=1 --"
run 3 reckon privacy erase "%" --confirm "%"
run 2 reckon privacy erase

# gone
run 0 reckon privacy erase "$who" --confirm "$who" --json
same "$(json 'd["summary"]["state"], d["summary"]["scan"]')" "('certified', 'clean')" "the case"
same "$(json 'len([r for r in d["rows"] if "outside" in r["place"]])')" 1 "a backup that is out of reach is named"
same "$(json 'sorted(r["place"] for r in d["rows"] if "equal to 1e-5" in r["method"])')" "['ease@1']" "production is updated"
same "$(json '[r["method"] for r in d["rows"] if r["place"] == "popular@1"]')" "['removed']" "a candidate goes"
run 0 reckon privacy prove-unlearned ease "$who" --json
same "$(json 'd["summary"]["verdict"][:13], d["summary"]["lineage"], d["summary"]["largest_difference"] <= 1e-5')" \
    "('equal to 1e-5', 'updated from version 1 without 1 person', True)" "proved"
run 0 reckon models show ease --json
same "$(json 'd["summary"]["lineage"]')" "updated from version 1 without 1 person" "lineage"
run 3 reckon recommend --user "$who"
run 0 reckon recommend --user "$other"
run 0 reckon models list --json
same "$(json '[(r["model"], r["stage"]) for r in d["rows"] if r["stage"] == "production"]')" "[('ease@2', 'production')]" "in place"
run 0 reckon doctor
run 0 reckon privacy scan --subject "$who" --json
same "$(json 'd["summary"]["result"], d["summary"]["possible"]')" "('clean', 0)" "after"
printf '%s\n' "$who" >gone
printf '%s\n' "$other" >there
run 0 "${RECKON%/*}/reckon-scan" shop gone
out_has CLEAN
run 1 "${RECKON%/*}/reckon-scan" shop there
out_has FOUND
run 3 reckon models export ease@1 old.safetensors

# it does not come back: not by the same file, not by a bad line, not by a user's attributes, not by a restore
run 0 reckon import events data/events.csv --json
same "$(json '[r["rows"] for r in d["rows"] if r["reason"] == "of people who were erased"][0]')" \
    "$(grep -c "^$who," data/events.csv)" "left out"
printf 'user,item,time,kind\n%s,i1,yesterday,view\n%s,i1,yesterday,view\n' "$who" "$other" >bad.csv
run 0 reckon import events bad.csv --max-bad 1
run 0 reckon quarantine list --json
same "$(json 'len(d["rows"])')" 1 "only the other one's line is set aside"
run 0 reckon import users data/users.csv
run 0 "${RECKON%/*}/reckon-scan" shop gone
run 0 reckon privacy erase "$who" --confirm "$who" --json
same "$(json 'd["summary"]["case"], d["summary"]["state"]')" "(1, 'certified')" "again: the same case"

# the certificate: offline, and any change is seen
run 0 reckon privacy certificates show 1 --out cert.json
run 0 reckon privacy certificates list
run 0 env -u RECKON_WORKSPACE "$RECKON" privacy verify cert.json --public-key shop.pub
run 0 reckon privacy case 1 --salt --json
salt=$(json 'd["summary"]["salt"]')
run 0 reckon privacy verify cert.json --public-key shop.pub --subject "$who" --salt "$salt" --json
same "$(json 'd["summary"]["about_the_subject"]')" True "about them"
run 0 reckon privacy verify cert.json --public-key shop.pub --subject "$other" --salt "$salt" --json
same "$(json 'd["summary"]["about_the_subject"]')" False "not about others"
for change in 's/"people":1/"people":2/' 's/"result":"clean"/"result":"found"/' 's/"index":\([0-9]*\)/"index":1/' \
    's/"case":1/"case":7/g' 's/"root":"[0-7]/"root":"8/;t;s/"root":"./"root":"0/'; do
    sed "$change" cert.json >changed.json
    run 1 reckon privacy verify changed.json --public-key shop.pub
done
head -c 64 /dev/zero | tr '\0' 'a' >other.pub
run 1 reckon privacy verify cert.json --public-key other.pub
checks=$((checks + 1))
grep -qF "$who" cert.json && fail "the certificate names the subject"
run 0 reckon audit verify --head head.json --public-key shop.pub
run 0 reckon audit list --action erasure --last 0 --json
same "$(json '[r["action"] for r in d["rows"]]')" \
    "['erasure planned', 'erasure approved', 'erasure committed', 'erasure scrubbed', 'erasure certified']" "the log"

# two people look: one plans, one approves; or it is dropped
run 0 reckon privacy erase "$other" --plan
run 0 reckon recommend --user "$other"
run 4 reckon privacy approve 2
run 0 reckon privacy drop 2
run 0 reckon privacy erase "$other" --plan
run 0 reckon privacy approve 3 --yes --json
same "$(json 'd["summary"]["state"]')" certified "approved"

# many at once, from a file; what can be updated is, at once; the other models later: until then the case is open
run 0 reckon train svd --no-evaluate
run 0 reckon models promote svd
busy 3 >list; busy 4 >>list; echo nobody-at-all >>list
run 3 reckon privacy erase --file list --confirm 3
run 0 reckon privacy erase --file list --confirm 3 --skip-unknown --retrain scheduled --json
same "$(json 'd["summary"]["people"], d["summary"]["state"]')" "(2, 'scrubbed')" "open"
same "$(json '[r["place"] for r in d["rows"] if "waits to be trained again, or removed: models of this kind" in r["method"]]')" \
    "['svd@1']" "who waits, and why"
same "$(json '[r["place"] for r in d["rows"] if "updated without them" in r["method"]]')" "['ease@3']" "who does not"
run 3 reckon recommend --user "$third"
run 3 reckon privacy certificates show 4
run 0 reckon privacy cases --open --json
same "$(json '[r["case"] for r in d["rows"]]')" "[4]" "open cases"
run 0 reckon privacy resume --json
same "$(json 'd["summary"]["state"], d["summary"]["scan"]')" "('certified', 'clean')" "then trained and certified"

# two cases that wait for the same model: the first one's training is the second one's too
ninth=$(busy 9) tenth=$(busy 10)
run 0 reckon privacy erase "$ninth" --confirm "$ninth" --retrain scheduled
run 0 reckon privacy erase "$tenth" --confirm "$tenth" --retrain scheduled
run 0 timeout -s KILL 60 "$RECKON" privacy resume
run 0 reckon privacy cases --open --json
same "$(json 'd["rows"]')" "[]" "both are closed"

# a backup that was kept elsewhere, from before it all: nobody comes back, and the log goes on
cp -r outside outside2
run 0 reckon restore outside --yes --json
same "$(json 'd["summary"]["erased_again"]')" 6 "erased again"
run 3 reckon recommend --user "$who"
run 0 "${RECKON%/*}/reckon-scan" shop gone
run 0 reckon audit verify --head head.json --public-key shop.pub
run 0 reckon privacy certificates list --json
same "$(json 'len(d["rows"])')" 5 "certificates"
run 0 reckon doctor
run 0 reckon import events data/events.csv --json
same "$(json '[r["rows"] for r in d["rows"] if r["reason"] == "of people who were erased"][0] > 0')" True "still left out"
run 0 reckon train ease --no-evaluate

# something that reckon does not know of is not removed, and there is no certificate
fourth=$(busy 5)
echo "a note about $fourth" >shop/notes.txt
run 6 reckon privacy erase "$fourth" --confirm "$fourth" --json
run 3 reckon privacy certificates show 7
run 0 reckon privacy case 7
out_has notes.txt
out_has "still there"
rm shop/notes.txt
run 0 reckon privacy resume --json
same "$(json 'd["summary"]["state"]')" certified "once it is gone"

# what must be kept: everything of one, some kinds of event of all
sixth=$(busy 6) seventh=$(busy 7)
run 3 reckon privacy hold --kinds no-such-kind --reason r --until 2999-01-01
run 2 reckon privacy hold "$sixth" --reason r --until 2001-01-01
run 0 reckon privacy hold "$sixth" --reason 'case 7' --until 2999-01-01
run 0 reckon privacy hold --kinds purchase,review --reason 'tax law' --until 2999-01-01
run 4 reckon privacy erase "$sixth" --confirm "$sixth"
err_has "legal hold 1"
run 0 reckon privacy subject link "$sixth" --email sixth@example.org --source shop
run 4 reckon privacy erase sixth@example.org --confirm sixth@example.org
err_has "legal hold 1"
run 0 reckon privacy release 1 --yes
run 0 reckon privacy erase "$seventh" --confirm "$seventh" --json
bought=$(grep "^$seventh," data/events.csv | grep -cE ',(purchase|review),')
same "$(json '[r["n"] for r in d["rows"] if "hold" in r["method"]][0]')" "$bought" "kept apart"
run 0 reckon privacy certificates show "$(json 'd["summary"]["case"]')"
out_has "under hold"
run 0 reckon privacy release 2 --yes --json
same "$(json 'd["summary"]["removed"]')" "$bought" "and gone with the hold"

# a key that is lost is not made anew under anybody's feet: the list of who must not come back, and what was signed, hang on it
lost=$(busy 20) late=$(busy 21)
mv shop/keys/suppression.key suppression.key
run 1 reckon privacy erase "$lost" --confirm "$lost"
err_has "suppression.key: is gone"
run 1 reckon privacy cases open "$lost" --type access
run 1 reckon privacy hold "$lost" --reason r --until 2999-01-01
[ -e shop/keys/suppression.key ] && fail "another key was made"
mv suppression.key shop/keys/
run 0 reckon audit key --out first.pub
mv shop/keys/signing.key signing.key
run 1 reckon privacy erase "$lost" --confirm "$lost"
err_has "signing.key: is gone"
err_has "audit new-key"
mv signing.key shop/keys/
run 0 reckon privacy resume
run 0 reckon privacy erase "$lost" --confirm "$lost"
out_has certified
run 6 reckon audit new-key --yes
mv shop/keys/signing.key signing.key
run 0 reckon privacy erase "$late" --confirm "$late" --plan
run 4 reckon audit new-key
run 0 reckon audit new-key --out second.pub --yes
run 0 reckon privacy cases --open --json
number=$(json 'd["rows"][0]["case"]')
run 0 reckon privacy approve "$number" --yes
run 0 reckon privacy certificates show "$number" --out late.json
run 0 reckon privacy verify late.json --public-key second.pub
run 1 reckon privacy verify late.json --public-key first.pub
err_has "another key"
run 0 reckon audit verify

# killed between the certificate and the end of the case's key: the next resume destroys it; that of an open case stays
checks=$((checks + 2))
[ -z "$(ls shop/keys/case-1.key 2>/dev/null)" ] || fail "the key of a certified case is there"
printf '%064d\n' 7 >shop/keys/case-1.key
run 0 reckon privacy erase "$(busy 14)" --plan --confirm "$(busy 14)" --json
planned=$(json 'd["summary"]["case"]')
run 0 reckon privacy resume
[ ! -e shop/keys/case-1.key ] || fail "a key that was left is still there"
[ -e "shop/keys/case-$planned.key" ] || fail "the key of an open case is gone"
run 0 reckon privacy drop "$planned" --yes
checks=$((checks + 1))
[ ! -e "shop/keys/case-$planned.key" ] || fail "the key of a dropped case is there"

# does a model know somebody? by its bytes; and what erasing them would leave, and did
eighth=$(grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort | uniq -c | sort -rn | awk '$1 < 20 {print $2; exit}')
run 0 reckon train ease --no-evaluate
run 0 reckon models promote ease
run 0 reckon train knn --no-evaluate
run 0 reckon models promote knn
run 0 reckon train popular --no-evaluate
run 0 reckon models promote popular
run 0 reckon train ials --shards 4 --dim 8 --no-evaluate
run 0 reckon models promote ials
run 2 reckon train ials --shards 4 --patience 2 --no-evaluate
run 0 reckon privacy prove-unlearned ials "$eighth" --json
same "$(json 'd["summary"]["update_same_bytes"], d["summary"]["erasing_would"][-27:]')" \
    "(True, '1 of 4 shards trained again')" "a shard"
run 0 reckon privacy prove-unlearned ease "$eighth" --json
same "$(json 'd["summary"]["same_bytes"], d["summary"]["differing"] > 0, d["summary"]["update_largest_difference"] <= 1e-5')" \
    "(False, True, True)" "it does, and would not"
run 0 reckon privacy prove-unlearned knn "$eighth" --json
same "$(json 'd["summary"]["verdict"][:10], d["summary"]["update_same_bytes"]')" "('knows them', True)" "to the byte"
same "$(json 'd["summary"]["update_advantage"], d["summary"]["attack_products"] > 0')" "(0.0, True)" "nothing to attack"
run 0 reckon privacy prove-unlearned popular "$eighth" --json
same "$(json 'd["summary"]["erasing_would"]')" "counted again without them (exact)" "counts"
# what comes afterwards does not hinder it
soon=$(date -u -d '-1 hour' +%FT%TZ)
printf 'user,item,time,kind\n%s,i1,%s,view\nlate-comer,i1,%s,view\n' "$eighth" "$soon" "$soon" >later.csv
run 0 reckon import events later.csv
run 0 reckon privacy erase "$eighth" --confirm "$eighth" --json
same "$(json '[r["method"][:14] for r in d["rows"] if r["place"][:4] in ("ease", "ials", "knn@", "popu") and "removed" not in r["method"]]')" \
    "['updated withou', 'counted again ', 'updated withou', 'updated withou']" "the ways"
run 0 reckon privacy certificates show "$(json 'd["summary"]["case"]')" --out cert.json
checks=$((checks + 1))
grep -q 'byte for byte as if trained without them' cert.json || fail "the certificate does not say how"
run 0 reckon privacy prove-unlearned knn "$eighth" --json
same "$(json 'd["summary"]["verdict"][:5], d["summary"]["lineage"][:12]')" "('exact', 'updated from')" "it does not"
for model in popular ials; do
    run 0 reckon privacy prove-unlearned "$model" "$eighth" --json
    same "$(json 'd["summary"]["same_bytes"]')" True "nor does $model"
done
next=$(busy 30)
# nor does an event of before that comes late, but what others said or took back since does: a kind that counts no more
printf 'user,item,time,kind\nlate-comer,i1,2010-01-01,view\n' >early.csv
run 0 reckon import events early.csv
ninth=$(grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort | uniq -c | sort -rn | awk '$1 < 20 && ++n == 2 {print $2; exit}')
run 0 reckon privacy prove-unlearned knn "$ninth" --json
same "$(json 'd["summary"]["update_same_bytes"]')" True "data of then"
# of whom nothing was learnt: models stay
when=$(grep "^$next," data/events.csv | head -1 | cut -d, -f4)
printf 'user,item,time,kind\nonly-looked,i1,%s,exposure\n' "$when" >looked.csv
run 0 reckon import events looked.csv
run 0 reckon privacy erase only-looked --confirm only-looked --json
same "$(json 'sum(r["method"] == "stays: nothing of them is in it" for r in d["rows"])')" 3 "models that stay"
run 0 reckon kinds set view --weight 0.5
run 0 reckon privacy erase "$next" --confirm "$next" --json
same "$(json 'sum("in full (exact): what it was trained on has changed" in r["method"] for r in d["rows"])')" 3 "why it is trained again"
run 0 reckon privacy prove-unlearned knn "$next" --json
same "$(json 'd["summary"]["same_bytes"]')" True "and exact"
run 3 reckon privacy prove-unlearned knn nobody-at-all

# a backup from before a model that a case waits for: the model is gone, and the case comes to its end
run 0 reckon backup "$scratch/early"
run 0 reckon train svd --name late --no-evaluate
run 0 reckon models promote late
run 0 reckon privacy erase "$(busy 15)" --confirm "$(busy 15)" --retrain scheduled --json
waits=$(json 'd["summary"]["case"]')
run 0 reckon restore "$scratch/early" --yes
run 3 reckon models show late
run 0 reckon privacy resume "$waits" --json
same "$(json 'd["summary"]["state"]')" certified "without the model that it waited for"
run 0 reckon privacy certificates show "$waits"
out_has "no longer in the registry"

# without its key the list of the erased cannot be asked: nobody new is stored
mv shop/keys/suppression.key kept.key
printf 'user,item,time,kind\nnew-person,i1,2024-03-01,view\n' >new.csv
run 1 reckon import events new.csv
err_has suppression.key
mv kept.key shop/keys/suppression.key
run 0 reckon import events new.csv
finish
